{{ config(materialized='table') }}

{%- set by_network = marts_with(columns_of_networks()) %}
{%- set by_region = marts_with(['region']) %}
{%- set others = cells_of_marts() | list | reject('in', by_network + by_region) | list %}
{%- set amounts = {'sum(bits)': 'bits', 'sum(sampled_packets)': 'sampled_packets'} %}

with told_bins as (
    select * from {{ ref('told_bins') }}
),

told_places as (
    select * from {{ ref('told_places') }}
),

traffic as (
    select * from {{ ref('traffic_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

covered as (
    {{ covered_bins_of_published_regions() | indent(4) }}
),

{{ labels_of_parts() }},

covered_bins as (
    {{ covered_bins_of_cells() | indent(4) }}
),

told_kinds as (
    select distinct
        kind,
        quarter,
        network_type,
        direction,
        region,
        connectivity,
        metro,
        metro_source
    from told_bins
),

kinds as (
    {{ with_parts_told('told_kinds', with_networks=false) | indent(4) }}
),

numbered_kinds as (
    select
        *,
        {{ numbers_of_cells(by_region + others) | indent(8) }}
    from kinds
),

networks as (
    select
        told_places.* replace (
            case
                when coalesce(withheld_countries.is_withheld, true) then 'withheld' else told_places.country
            end as country
        )
    from told_places
    left join withheld_countries
        on told_places.quarter = withheld_countries.quarter and told_places.country = withheld_countries.country
),

numbered_networks as (
    select
        *,
        {{ numbers_of_cells(by_network) | indent(8) }}
    from networks
),

names as (
    {{ named_by_number('numbered_kinds', by_region + others) | indent(4) }}
    union all
    {{ named_by_number('numbered_networks', by_network) | indent(4) }}
),

bins_of_kinds as (
    select
        numbered_kinds.*,
        told_bins.month,
        told_bins.ip_version,
        told_bins.bin_at,
        told_bins.bits,
        told_bins.sampled_packets
    from told_bins
    inner join numbered_kinds on told_bins.kind = numbered_kinds.kind
    semi join covered on told_bins.bin_at = covered.bin_at
),

bins_of_regions as (
    select * from bins_of_kinds
    semi join covered using (bin_at, region)
),

bins_of_networks as (
    select
        numbered_networks.*,
        traffic.bin,
        traffic.bits,
        traffic.sampled_packets
    from traffic
    inner join numbered_networks
        on
            traffic.place = numbered_networks.place
            and {{ quarter_began_on('traffic.event_on') }} = numbered_networks.quarter_began_on
    semi join covered on {{ moment_of_bin('traffic.bin') }} = covered.bin_at
),

{{ summed_by_cell('by_bin_of_regions', 'bins_of_regions', by_region, 'bin_at', amounts) }},

{{ summed_by_cell('by_bin_of_kinds', 'bins_of_kinds', others, 'bin_at', amounts) }},

{{ summed_together('networks_of_bins', 'bins_of_networks', by_network, 'bin', amounts) }},

{{ summed_by_cell('by_bin_of_networks', 'networks_of_bins', by_network, 'bin', amounts) }},

-- A bin in which every exporter was silent, of the cell's region or of all, is missing, not zero, and does not count.
bins as (
    select * from by_bin_of_regions
    union all
    select * from by_bin_of_kinds
    union all
    select * from by_bin_of_networks
),

by_number as (
    select
        mart,
        number,
        month,
        ip_version,
        sum(bits) as bits,
        max(bits) as most_bits,
        {{ values_of('bits') }} as all_bits,
        {{ values_of('sampled_packets') }} as all_sampled_packets
    from bins
    group by mart, number, month, ip_version
),

named as (
    select
        by_number.*,
        names.* exclude (mart, number),
        {{ key_of_cell() }} as cell
    from by_number
    inner join names using (mart, number)
)

select
    named.cell,
    {{ bits_per_second('named.bits') }} / covered_bins.covered_bins as bits_per_second_average,
    {{ bits_per_second(nearest_rank_in('named.all_bits', 95, 'covered_bins.covered_bins')) }} as bits_per_second_p95,
    {{ bits_per_second('named.most_bits') }} as bits_per_second_max,
    {{ median_with_empty('named.all_sampled_packets', 'covered_bins.covered_bins') }} as sampled_packets_per_bin_median
from named
inner join covered_bins
    on
        named.quarter = covered_bins.quarter
        and named.month is not distinct from covered_bins.month
        and named.region is not distinct from covered_bins.region
