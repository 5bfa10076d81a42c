{{ config(materialized='table') }}

{%- set marts = cells_of_marts() | list %}
{%- set by_network = marts_with(columns_of_networks()) %}
{%- set others = marts_with(columns_of_networks(), is_with=false) %}
{%- set amounts = {
    'any_value(address_family)': 'address_family',
    'sum(sampled_packets)': 'sampled_packets',
    'bool_or(is_certain)': 'is_certain',
    'sum(log_of_missing)': 'log_of_missing'
} %}

with addresses as (
    select * from {{ ref('quarter_addresses') }}
),

told_paths as (
    select * from {{ ref('told_paths') }}
),

{{ labels_of_parts() }},

paths as (
    {{ with_parts_told('told_paths') | indent(4) }}
),

numbered_paths as (
    select
        *,
        {{ numbers_of_cells(marts) | indent(8) }}
    from paths
),

names as (
    {{ named_by_number('numbered_paths', marts) | indent(4) }}
),

intervals_of_paths as (
    select
        path,
        max(sampling_interval) as sampling_interval
    from addresses
    group by path
),

largest_intervals as (
    select
        paths.quarter,
        max(intervals_of_paths.sampling_interval) as largest_interval
    from intervals_of_paths
    inner join paths on intervals_of_paths.path = paths.path
    group by paths.quarter
),

paths_with_intervals as (
    select
        numbered_paths.*,
        largest_intervals.largest_interval
    from numbered_paths
    inner join largest_intervals on numbered_paths.quarter = largest_intervals.quarter
),

with_chances as (
    select
        addresses.month,
        addresses.ip_version,
        addresses.ip_version as address_family,
        addresses.address_number,
        addresses.subscriber,
        addresses.sampled_packets,
        addresses.sampling_interval >= largest_interval and sampled_packets > 0 as is_certain,
        {{ log_of_missing('sampled_packets', 'sampling_interval', 'largest_interval') }} as log_of_missing,
        {{ columns_of('paths_with_intervals', marts) | indent(8) }}
    from addresses
    inner join paths_with_intervals on addresses.path = paths_with_intervals.path
),

{{ summed_by_cell('by_address_elsewhere', 'with_chances', others, 'subscriber', amounts) }},

{{ summed_together('networks_of_addresses', 'with_chances', by_network, 'subscriber', amounts) }},

{{ summed_by_cell('by_address_of_networks', 'networks_of_addresses', by_network, 'subscriber', amounts) }},

by_address as (
    select * from by_address_elsewhere
    union all
    select * from by_address_of_networks
),

v6_addresses as (
    select
        addresses.month,
        addresses.ip_version,
        addresses.address_number,
        {{ columns_of('numbered_paths', marts) | indent(8) }}
    from addresses
    inner join numbered_paths on addresses.path = numbered_paths.path
    where addresses.ip_version = 6
),

{{ summed_by_cell('by_v6_address', 'v6_addresses', marts, 'address_number', {}) }},

v6_counts as (
    select
        mart,
        number,
        month,
        ip_version,
        count(*) as unique_ips_v6_128
    from by_v6_address
    group by mart, number, month, ip_version
),

counts as (
    select
        mart,
        number,
        month,
        ip_version,
        count(*) as unique_ips,
        count(*) filter (where address_family = 4) as unique_ips_v4,
        count(*) filter (where address_family = 6) as unique_ips_v6,
        {{ exact_sum('case when is_certain then 1 else 1 - exp(cast(log_of_missing as double)) end') }}
            as unique_ips_at_common_sampling,
        count(*) filter (where sampled_packets >= {{ packets_to_be_sure() }}) as unique_ips_at_least_3_packets
    from by_address
    group by mart, number, month, ip_version
),

named as (
    select
        counts.*,
        {{ key_of_cell() }} as cell
    from counts
    inner join names using (mart, number)
)

select
    named.cell,
    named.unique_ips,
    coalesce(v6_counts.unique_ips_v6_128, 0) as unique_ips_v6_128,
    {{ is_enough('named.unique_ips_v4') }} and {{ is_enough('named.unique_ips_v6') }} as are_versions_told,
    named.unique_ips_at_common_sampling,
    named.unique_ips_at_least_3_packets
from named
left join v6_counts
    on
        named.mart = v6_counts.mart
        and named.number = v6_counts.number
        and named.month is not distinct from v6_counts.month
        and named.ip_version is not distinct from v6_counts.ip_version
