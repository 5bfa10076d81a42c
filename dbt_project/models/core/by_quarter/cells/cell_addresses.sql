{{ config(materialized='table') }}

{%- set marts = cells_of_marts() | list %}

with told_addresses as (
    select * from {{ ref('told_addresses') }}
),

{{ labels_of_parts() }},

addresses as (
    {{ with_parts_told('told_addresses') | indent(4) }}
),

largest_intervals as (
    select
        quarter,
        max(sampling_interval) as largest_interval
    from told_addresses
    group by quarter
),

with_chances as (
    select
        addresses.*,
        addresses.ip_version as address_family,
        sampling_interval >= largest_interval and sampled_packets > 0 as is_certain,
        {{ log_of_missing('sampled_packets', 'sampling_interval', 'largest_interval') }} as log_of_missing
    from addresses
    inner join largest_intervals using (quarter)
),

by_address as (
    select
        {{ names_of_cells(marts) | indent(8) }},
        any_value(address_family) as address_family,
        sum(sampled_packets) as sampled_packets,
        bool_or(is_certain) as is_certain,
        sum(log_of_missing) as log_of_missing
    from with_chances
    {{ by_cell(marts, ['subscriber']) | indent(4) }}
),

by_v6_address as (
    select {{ names_of_cells(marts) | indent(8) }}
    from addresses
    where ip_version = 6
    {{ by_cell(marts, ['peer_address']) | indent(4) }}
),

v6_addresses as (
    select
        {{ key_of_cell() }} as cell,
        count(*) as unique_ips_v6_128
    from by_v6_address
    group by all
),

counts as (
    select
        mart,
        quarter,
        {{ cell_columns() | join(',\n        ') }},
        count(*) as unique_ips,
        count(*) filter (where address_family = 4) as unique_ips_v4,
        count(*) filter (where address_family = 6) as unique_ips_v6,
        {{ exact_sum('case when is_certain then 1 else 1 - exp(cast(log_of_missing as double)) end') }}
            as unique_ips_at_common_sampling,
        count(*) filter (where sampled_packets >= {{ packets_to_be_sure() }}) as unique_ips_at_least_3_packets
    from by_address
    group by all
),

cells as (
    select
        {{ key_of_cell() }} as cell,
        counts.*
    from counts
)

select
    cells.cell,
    cells.unique_ips,
    coalesce(v6_addresses.unique_ips_v6_128, 0) as unique_ips_v6_128,
    {{ is_enough('cells.unique_ips_v4') }} and {{ is_enough('cells.unique_ips_v6') }} as are_versions_told,
    cells.unique_ips_at_common_sampling,
    cells.unique_ips_at_least_3_packets
from cells
left join v6_addresses on cells.cell = v6_addresses.cell
