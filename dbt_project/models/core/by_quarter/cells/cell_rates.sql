{{ config(materialized='table') }}

{%- set by_network = marts_with(columns_of_networks()) %}
{%- set by_region = marts_with(['region']) %}
{%- set others = cells_of_marts() | list | reject('in', by_network + by_region) | list %}

with told_bins as (
    select * from {{ ref('told_bins') }}
),

told_traffic_bins as (
    select * from {{ ref('told_traffic_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

covered as (
    {{ covered_bins_of_published_regions() | indent(4) }}
),

{{ labels_of_parts() }},

covered_bins as (
    {{ covered_bins_of_cells() | indent(4) }}
),

bins_of_places as (
    {{ with_parts_told('told_bins', with_networks=false) | indent(4) }}
),

bins_of_networks as (
    {{ with_parts_told('told_traffic_bins') | indent(4) }}
),

-- A bin in which every exporter was silent, of the cell's region or of all, is missing, not zero, and does not count.
bins as (
    select
        {{ names_of_cells(by_region) | indent(8) }},
        bin_at,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets
    from bins_of_places
    semi join covered using (bin_at, region)
    {{ by_cell(by_region, ['bin_at']) | indent(4) }}
    union all
    select
        {{ names_of_cells(others) | indent(8) }},
        bin_at,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets
    from bins_of_places
    semi join covered using (bin_at)
    {{ by_cell(others, ['bin_at']) | indent(4) }}
    union all
    select
        {{ names_of_cells(by_network) | indent(8) }},
        bin_at,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets
    from bins_of_networks
    semi join covered using (bin_at)
    {{ by_cell(by_network, ['bin_at']) | indent(4) }}
),

rates as (
    select
        bins.mart,
        bins.quarter,
        {% for column in cell_columns() %}bins.{{ column }},
        {% endfor -%}
        {{ bits_per_second('sum(bins.bits)') }} / any_value(covered_bins.covered_bins) as bits_per_second_average,
        {{ bits_per_second(nearest_rank('bins.bits', 95, 'any_value(covered_bins.covered_bins)')) }}
            as bits_per_second_p95,
        {{ bits_per_second('max(bins.bits)') }} as bits_per_second_max,
        {{ median_with_empty('bins.sampled_packets', 'any_value(covered_bins.covered_bins)') }}
            as sampled_packets_per_bin_median
    from bins
    inner join covered_bins
        on
            bins.quarter = covered_bins.quarter
            and bins.month is not distinct from covered_bins.month
            and bins.region is not distinct from covered_bins.region
    group by all
)

select
    {{ key_of_cell() }} as cell,
    bits_per_second_average,
    bits_per_second_p95,
    bits_per_second_max,
    sampled_packets_per_bin_median
from rates
