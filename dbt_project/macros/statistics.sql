{#- Nearest rank, not interpolated, of a cell's values among `n`, of which those without a row are zero. -#}
{% macro nearest_rank(value, percent, n) -%}
    {{- return(adapter.dispatch('nearest_rank')(value, percent, n)) -}}
{%- endmacro %}
{% macro default__nearest_rank(value, percent, n) -%}
    case
        when ({{ percent }} * {{ n }} + 99) // 100 <= {{ n }} - count({{ value }}) then 0
        else list_extract(
            list({{ value }} order by {{ value }}) filter (where {{ value }} is not null),
            cast(({{ percent }} * {{ n }} + 99) // 100 - ({{ n }} - count({{ value }})) as bigint)
        )
    end
{%- endmacro %}

{#- Bits of one 5-minute bin as a mean rate. -#}
{% macro bits_per_second(bits) %}(cast({{ bits }} as double) / {{ bin_seconds() }}){% endmacro %}

{#- The relative standard error of a sum of bits with a sampling variance; null where nothing was counted. -#}
{% macro relative_standard_error(variance, bits) -%}
    sqrt(cast({{ variance }} as double)) / nullif(cast({{ bits }} as double), 0)
{%- endmacro %}

{#- 1.96 relative standard errors over 10% (docs/method.md, "Error and honesty"; decided 2026-11-21). -#}
{% macro is_low_precision(relative_standard_error) %}(1.96 * {{ relative_standard_error }} > 0.1){% endmacro %}

{#- Fewer than 95% of the expected records, or of the bins of the days present (decided 2026-11-21). -#}
{% macro is_low_coverage(coverage) -%}
    (
        {{ coverage }}.records_received < 0.95 * {{ coverage }}.records_expected
        or {{ coverage }}.bins_present < 0.95 * 288 * {{ coverage }}.days_present
    )
{%- endmacro %}

{#- One network that carries more than this part of a cell can make its difference alone (decided 2026-11-21). -#}
{% macro few_networks_share() %}0.5{% endmacro %}
