{#- The measures that every traffic mart carries, for cells of the given columns of core under their published names: bits and
    their share of the whole (all cells that agree in `shares_of`), unique addresses, magnitude, average, p95 and maximum rate
    over the bins covered (by the exporters of the cells' `covered_by`), and the error from sampling. `derived` holds
    expressions on columns of core, by the name under which `keys` have them; `derived_named` the same for what is withheld,
    where the names of core differ. What is `divided` into members too small, or with `is_limited_by_dominance` of one network,
    has a member `withheld` of them and the next smallest; with `all_or_none_by` a too small cell withholds all cells that agree
    in these columns (docs/method.md, "What is published"). -#}
{% macro measured_cells(
    keys, shares_of, covered_by, derived={}, derived_named=none, divided=[], is_limited_by_dominance=false,
    all_or_none_by=[]
) -%}
{%- set cell = (keys if 'quarter' in keys else ['quarter'] + keys) -%}
{%- set keys_text = cell | join(', ') -%}
{%- set unit = cell | reject('in', divided) | list -%}
{%- set is_told = ['is_quarter_told'] + (['are_months_told'] if 'month' in keys else []) -%}
{%- set are_shares_told = (
    'are_months_told' if 'month' in keys else 'is_direction_told' if 'direction' in keys else 'is_quarter_told'
) -%}
with told_traffic as (
    select *{{ derived_columns(derived) }} from {{ ref('told_traffic') }}
),

told_bins as (
    {{ bins_with(keys, derived) | indent(4) }}
),

told_addresses as (
    select *{{ derived_columns(derived) }} from {{ ref('told_addresses') }}
),

covered as (
    {{ covered_bins_of_published_regions() | indent(4) }}
),

-- A cell is named where its whole is told by name: below what is told together, names would tell whose it is.
named as (
    select distinct {{ keys_text }}
    from (
        select *{{ derived_columns(derived_named if derived_named is not none else derived) }}
        from {{ ref('named_traffic') }}
    ) as of_core
    {% if 'network_type' in keys and 'network_key' not in keys and cell | length > 2 -%}
    where is_type_named{% if 'direction' in keys %} and is_region_named and is_direction_told{% endif %}
    {%- endif %}
),

{#- What is withheld already is not a member, and helps none to be told. -#}
{% if divided -%}
{%- set is_divided = divided[0] ~ " != 'withheld'" -%}
parts as (
    select
        {{ keys_text }},
        network_key_of_core,
        sum(bits) as bits
    from told_traffic
    where {{ is_divided }}
    group by {{ keys_text }}, network_key_of_core
),

part_addresses as (
    select distinct
        {{ keys_text }},
        subscriber,
        'all' as slice
    from told_addresses
    where {{ is_divided }}
),

part_counts as (
    select
        {{ keys_text }},
        count(*) as unique_ips
    from part_addresses
    group by {{ keys_text }}
),

part_cells as (
    select
        {{ keys_text }},
        sum(parts.bits) as bits,
        any_value(part_counts.unique_ips) < any_value(limits.minimum_unique_ips)
        {% if is_limited_by_dominance -%}
        or coalesce({{ ratio('max(parts.bits)', 'sum(parts.bits)') }}, 0)
        > any_value(limits.maximum_share_of_one_network)
        {%- endif %} as is_sensitive
    from parts
    inner join part_counts using ({{ keys_text }})
    cross join {{ ref('operator_settings') }} as limits
    group by {{ keys_text }}
),

{{ merged_members('merged', 'part_cells', 'part_addresses', unit, divided) }},

{% for rows in ['traffic', 'bins', 'addresses'] -%}
{{ 'traffic_bins' if rows == 'bins' else rows }} as (
    select
        told_{{ rows }}.* replace (
            {%- for column in divided %}
            case when coalesce(merged.is_merged, true) then 'withheld' else told_{{ rows }}.{{ column }} end as {{ column }}
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        )
    from told_{{ rows }}
    left join merged
        on
            {% for column in cell -%}
            told_{{ rows }}.{{ column }} = merged.{{ column }}
            {% if not loop.last %}and {% endif %}
            {%- endfor %}
),

{% endfor -%}
{%- else -%}
traffic as (
    select * from told_traffic
),

traffic_bins as (
    select * from told_bins
),

addresses as (
    select * from told_addresses
),

{% endif -%}
cells as (
    select
        {{ keys_text }},
        bool_and({{ is_told | join(' and ') }}) as is_told,
        bool_and({{ are_shares_told }}) as is_share_told,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets,
        max(active_timeout_s_max) as active_timeout_s_max,
        bool_or(is_interval_withheld) as is_interval_withheld,
        min(sampling_interval) as sampling_interval_min,
        max(sampling_interval) as sampling_interval_max,
        {{ relative_standard_error('sum(bits_variance)', 'sum(bits)') }} as relative_standard_error,
        {{ relative_standard_error('sum(bits_variance_upper)', 'sum(bits)') }} as relative_standard_error_upper
    from traffic
    group by {{ keys_text }}
),

wholes as (
    select
        quarter{% for column in shares_of if column != 'quarter' %}, {{ column }}{% endfor %},
        sum(bits) as whole_bits
    from cells
    group by all
),

-- Where some are told together, shares of the others would tell of what.
quarters as (
    select
        quarter,
        bool_and(is_share_told) as are_shares_told
    from cells
    group by quarter
),

{{ unique_addresses(cell) }},

{{ covered_rates('traffic_bins', cell, covered_by) }},

joined as (
    select
        *,
        cast(bits as double) / nullif(cast(whole_bits as double), 0) as share_of_all_bits,
        cast(bits as double) / nullif(unique_ips, 0) as magnitude
    from cells
    inner join wholes using (quarter{% for column in shares_of if column != 'quarter' %}, {{ column }}{% endfor %})
    inner join quarters using (quarter)
    left join unique_addresses using ({{ keys_text }})
    left join rates using ({{ keys_text }})
    left join covered_counts using ({{ covered_by | join(', ') }})
),

measured as (
    select
        *,
        not is_told
        {% if all_or_none_by -%}
        or not bool_and({{ is_enough('unique_ips') }}) over (partition by {{ all_or_none_by | join(', ') }})
        {%- endif %} as is_withheld
    from joined
),

{{ suppressed_cells('measured', cell, 'named') }}

select
    {% if 'quarter' not in keys %}quarter,{% endif %}
    {{ quarter_began_on(first_day_of('quarter')) }} as quarter_began_on,
    {{ keys | join(', ') }},
    is_suppressed,
    {{ unless_suppressed('cast(bits as decimal(38, 0))') }} as bits,
    {{ unless_suppressed('case when are_shares_told then share_of_all_bits end') }} as share_of_bits,
    {{ unless_suppressed('unique_ips') }} as unique_ips,
    {{ unless_suppressed('case when are_versions_told then unique_ips_v6_128 end') }} as unique_ips_v6_128,
    {{ unless_suppressed('unique_ips_at_common_sampling') }} as unique_ips_at_common_sampling,
    {{ unless_suppressed('unique_ips_at_least_3_packets') }} as unique_ips_at_least_3_packets,
    {{ unless_suppressed('magnitude') }} as magnitude,
    {{ unless_suppressed('coalesce(bits_per_second_average, 0)') }} as bits_per_second_average,
    {{ unless_suppressed('coalesce(bits_per_second_p95, 0)') }} as bits_per_second_p95,
    {{ unless_suppressed('coalesce(bits_per_second_max, 0)') }} as bits_per_second_max,
    {{ unless_suppressed('bits_per_second_p95 / nullif(bits_per_second_average, 0)') }} as burstiness_p95,
    {{ unless_suppressed('bits_per_second_max / nullif(bits_per_second_average, 0)') }} as burstiness_max,
    {{ unless_suppressed('coalesce(covered_bins, 0)') }} as covered_bins,
    {{ unless_suppressed('cast(sampled_packets_per_bin_median as double)') }} as sampled_packets_per_bin_median,
    {{ unless_suppressed('active_timeout_s_max') }} as active_timeout_s_max,
    {{ unless_suppressed('cast(sampled_packets as decimal(38, 0))') }} as sampled_packets,
    {{ unless_suppressed('case when not is_interval_withheld then sampling_interval_min end') }} as sampling_interval_min,
    {{ unless_suppressed('case when not is_interval_withheld then sampling_interval_max end') }} as sampling_interval_max,
    {{ unless_suppressed(
        'case when not is_interval_withheld then sampling_interval_min < sampling_interval_max end'
    ) }} as is_sampling_mixed,
    {{ unless_suppressed('relative_standard_error') }} as relative_standard_error,
    {{ unless_suppressed('relative_standard_error_upper') }} as relative_standard_error_upper,
    coalesce({{ unless_suppressed(is_low_precision('relative_standard_error')) }}, false) as is_low_precision
from suppressed
order by {{ keys | join(', ') }}
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
select *{{ derived_columns(derived) }} from {{ ref('told_traffic_bins') }}
where {{ in_selected_quarters('event_on') }}
{%- else -%}
select * from {{ ref('told_bins') }}
{%- endif -%}
{%- endmacro %}

{% macro derived_columns(derived) -%}
    {%- for name, expression in derived.items() %}, {{ expression }} as {{ name }}{% endfor -%}
{%- endmacro %}
