{#- The CTEs `covered_counts` and `rates` of the CTE `covered` and one of traffic with its bins: average, p95 and maximum
    rate of cells of the given columns, over the bins that the exporters of `covered_by` cover. -#}
{% macro covered_rates(traffic_bins, keys, covered_by) -%}
{%- set keys_text = keys | join(', ') -%}
covered_counts as (
    select
        {{ covered_by | join(', ') }},
        count(distinct bin_at) as covered_bins
    from covered
    group by {{ covered_by | join(', ') }}
),

-- A bin in which every exporter was silent is missing, not zero, and does not count.
bins as (
    select
        {{ keys_text }},
        bin_at,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets
    from {{ traffic_bins }}
    semi join covered using (bin_at, {{ covered_by | join(', ') }})
    group by {{ keys_text }}, bin_at
),

rates as (
    select
        {{ keys_text }},
        {{ bits_per_second('sum(bits)') }} / any_value(covered_bins) as bits_per_second_average,
        {{ bits_per_second(nearest_rank('bits', 95, 'any_value(covered_bins)')) }} as bits_per_second_p95,
        {{ bits_per_second('max(bits)') }} as bits_per_second_max,
        {{ median_with_empty('sampled_packets', 'any_value(covered_bins)') }} as sampled_packets_per_bin_median
    from bins
    inner join covered_counts using ({{ covered_by | join(', ') }})
    group by {{ keys_text }}
)
{%- endmacro %}
