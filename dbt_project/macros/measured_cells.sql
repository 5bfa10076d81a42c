{#- The measures that every traffic mart carries, for cells of the given columns of core: bits and their share of the
    whole (all cells that agree in `shares_of`), unique addresses, magnitude, average, p95 and maximum rate over the bins
    covered (by the exporters of the cells' `covered_by`), and the error from sampling. `derived` holds expressions on
    columns of core, by the name under which `keys` have them. Small cells are suppressed, and those in which one network
    has too large a part of the bits of `dominance` (its cell's: bits, all: whole_bits); `complements` are the columns of
    totals that must not give them away (docs/method.md, "What is published"). -#}
{% macro measured_cells(keys, shares_of, covered_by, complements, derived={}, dominance=none) -%}
{%- set keys_text = keys | join(', ') -%}
with traffic as (
    select *{{ derived_columns(derived) }} from {{ ref('quarter_traffic') }}
),

traffic_bins as (
    {{ bins_with(keys, derived) | indent(4) }}
),

addresses as (
    select *{{ derived_columns(derived) }} from {{ ref('quarter_addresses') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

by_network as (
    select
        {{ keys_text }},
        {% if 'quarter' not in keys %}any_value(quarter) as quarter,{% endif %}
        any_value(quarter_began_on) as quarter_began_on,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets,
        sum(bits_variance) as bits_variance,
        sum(bits_variance_upper) as bits_variance_upper,
        max(active_timeout_s_max) as active_timeout_s_max,
        min(sampling_interval) as sampling_interval_min,
        max(sampling_interval) as sampling_interval_max
    from traffic
    group by {{ keys_text }}{% if 'network_key' not in keys %}, network_key{% endif %}
),

cells as (
    select
        {{ keys_text }},
        {% if 'quarter' not in keys %}any_value(quarter) as quarter,{% endif %}
        any_value(quarter_began_on) as quarter_began_on,
        sum(bits) as bits,
        max(bits) as largest_network_bits,
        sum(sampled_packets) as sampled_packets,
        max(active_timeout_s_max) as active_timeout_s_max,
        min(sampling_interval_min) as sampling_interval_min,
        max(sampling_interval_max) as sampling_interval_max,
        {{ relative_standard_error('sum(bits_variance)', 'sum(bits)') }} as relative_standard_error,
        {{ relative_standard_error('sum(bits_variance_upper)', 'sum(bits)') }} as relative_standard_error_upper
    from by_network
    group by {{ keys_text }}
),

wholes as (
    select
        {{ shares_of | join(', ') }},
        sum(bits) as whole_bits
    from cells
    group by {{ shares_of | join(', ') }}
),

{{ unique_addresses(keys) }},

{{ covered_rates('traffic_bins', keys, covered_by) }},

measured as (
    select
        *,
        cast(bits as double) / nullif(cast(whole_bits as double), 0) as share_of_bits,
        cast(bits as double) / nullif(unique_ips, 0) as magnitude,
        cast(largest_network_bits as double)
        / nullif(cast({{ dominance or 'bits' }} as double), 0) as top_network_share
    from cells
    inner join wholes using ({{ shares_of | join(', ') }})
    left join unique_addresses using ({{ keys_text }})
    left join rates using ({{ keys_text }})
    left join covered_counts using ({{ covered_by | join(', ') }})
),

{{ suppressed_cells('measured', keys, complements, is_limited_by_dominance=dominance is not none) }}

select
    {% if 'quarter' not in keys %}quarter,{% endif %}
    quarter_began_on,
    {{ keys_text }},
    is_suppressed,
    {{ unless_suppressed('cast(bits as decimal(38, 0))') }} as bits,
    {{ unless_suppressed('share_of_bits') }} as share_of_bits,
    {{ unless_suppressed('unique_ips') }} as unique_ips,
    {{ unless_suppressed('unique_ips_v6_128') }} as unique_ips_v6_128,
    {{ unless_suppressed('unique_ips_at_common_sampling') }} as unique_ips_at_common_sampling,
    {{ unless_suppressed('unique_ips_at_least_3_packets') }} as unique_ips_at_least_3_packets,
    {{ unless_suppressed('magnitude') }} as magnitude,
    {{ unless_suppressed('coalesce(bits_per_second_average, 0)') }} as bits_per_second_average,
    {{ unless_suppressed('coalesce(bits_per_second_p95, 0)') }} as bits_per_second_p95,
    {{ unless_suppressed('coalesce(bits_per_second_max, 0)') }} as bits_per_second_max,
    {{ unless_suppressed('bits_per_second_p95 / nullif(bits_per_second_average, 0)') }} as burstiness_p95,
    {{ unless_suppressed('bits_per_second_max / nullif(bits_per_second_average, 0)') }} as burstiness_max,
    coalesce(covered_bins, 0) as covered_bins,
    {{ unless_suppressed('cast(sampled_packets_per_bin_median as double)') }} as sampled_packets_per_bin_median,
    active_timeout_s_max,
    {{ unless_suppressed('cast(sampled_packets as decimal(38, 0))') }} as sampled_packets,
    sampling_interval_min,
    sampling_interval_max,
    sampling_interval_min < sampling_interval_max as is_sampling_mixed,
    {{ unless_suppressed('relative_standard_error') }} as relative_standard_error,
    {{ unless_suppressed('relative_standard_error_upper') }} as relative_standard_error_upper,
    coalesce({{ is_low_precision('relative_standard_error') }}, false) as is_low_precision
from suppressed
order by {{ keys_text }}
{%- endmacro %}

{#- What `measured_cells` gives beside the keys, for marts that name more columns. -#}
{% macro measured_columns(cells) -%}
    {%- for name in [
        'is_suppressed', 'bits', 'share_of_bits', 'unique_ips', 'unique_ips_v6_128', 'unique_ips_at_common_sampling',
        'unique_ips_at_least_3_packets', 'magnitude', 'bits_per_second_average', 'bits_per_second_p95',
        'bits_per_second_max', 'burstiness_p95', 'burstiness_max', 'covered_bins', 'sampled_packets_per_bin_median', 'active_timeout_s_max',
        'sampled_packets', 'sampling_interval_min', 'sampling_interval_max', 'is_sampling_mixed',
        'relative_standard_error', 'relative_standard_error_upper', 'is_low_precision'
    ] %}{{ cells }}.{{ name }}{% if not loop.last %},
    {% endif %}{% endfor -%}
{%- endmacro %}

{#- Bins that have the columns `keys`: those of the quarter, added up over networks and countries, where they do. -#}
{% macro bins_with(keys, derived={}) -%}
{%- set of_quarter_bins = [
    'quarter', 'month', 'network_type', 'metro', 'metro_source', 'region', 'connectivity', 'direction', 'ip_version'
] -%}
{%- if keys | reject('in', of_quarter_bins) | list -%}
select *{{ derived_columns(derived) }} from {{ ref('typed_traffic_bins') }}
where {{ in_selected_quarters('event_on') }}
{%- else -%}
select * from {{ ref('quarter_bins') }}
{%- endif -%}
{%- endmacro %}

{% macro derived_columns(derived) -%}
    {%- for name, expression in derived.items() %}, {{ expression }} as {{ name }}{% endfor -%}
{%- endmacro %}
