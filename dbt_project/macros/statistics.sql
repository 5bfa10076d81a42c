{#- Nearest rank, not interpolated, of a cell's values among `n`, of which those without a row are zero. -#}
{% macro nearest_rank(value, percent, n) -%}
    {{ nearest_rank_in(values_of(value), percent, n) }}
{%- endmacro %}

{#- The same of a list of the values. -#}
{% macro nearest_rank_in(values, percent, n) -%}
    case
        when (({{ percent }} * {{ n }} + 99) // 100) <= {{ n }} - coalesce(len({{ values }}), 0) then 0
        else {{ value_at(values, percent / 100, n) }}
    end
{%- endmacro %}

{#- Median of a list of values among `n`, of which those that it lacks are zero: the mean of the lower and of the upper. -#}
{% macro median_with_empty(values, n) -%}
    case
        when {{ n }} // 2 + 1 <= {{ n }} - coalesce(len({{ values }}), 0) then 0
        else (
            cast({{ value_at(values, 0.5, n) }} as double) + cast({{ value_at(values, -0.5, n) }} as double)
        ) / 2
    end
{%- endmacro %}

{#- A cell's values as a list. -#}
{% macro values_of(value) %}{{ return(adapter.dispatch('values_of')(value)) }}{% endmacro %}
{% macro default__values_of(value) %}list({{ value }}) filter (where {{ value }} is not null){% endmacro %}

{#- The least value that this part of a list's values are not above, or, of a part below zero, the largest that they are
    not below, when it is filled up with zeros to `n` values. No list is sorted for it. -#}
{% macro value_at(values, part, n) %}{{ return(adapter.dispatch('value_at')(values, part, n)) }}{% endmacro %}
{% macro default__value_at(values, part, n) -%}
    list_aggregate(list_resize({{ values }}, cast({{ n }} as bigint), 0), 'quantile_disc', {{ part }})
{%- endmacro %}

{#- Bits of one 5-minute bin as a mean rate. -#}
{% macro bits_per_second(bits) %}(cast({{ bits }} as double) / {{ bin_seconds() }}){% endmacro %}

{#- The relative standard error of a sum of bits with a sampling variance; null where nothing was counted. -#}
{% macro relative_standard_error(variance, bits) -%}
    sqrt(cast({{ variance }} as double)) / nullif(cast({{ bits }} as double), 0)
{%- endmacro %}

{#- The number that decides on a verdict: a part, 0 to 1 (seed limits and check_limits.csv, which checks read too). -#}
{% macro limit_of(verdict) -%}
    (select number from {{ ref('limits_in_force') }} where limit_name = '{{ verdict }}')
{%- endmacro %}

{#- A part as a reader takes it in: 0.95 is 95%, 0.125 is 12.5%. -#}
{% macro percent_of(part) %}{{ return(adapter.dispatch('percent_of')(part)) }}{% endmacro %}
{% macro default__percent_of(part) -%}
    rtrim(rtrim(format('{:.2f}', 100 * cast({{ part }} as double)), '0'), '.') || '%'
{%- endmacro %}

{#- Whether the error of 95% confidence is over the limit (docs/method.md, "Error and verdicts"). -#}
{% macro is_low_precision(relative_standard_error) -%}
    (1.96 * {{ relative_standard_error }} > {{ limit_of('low precision') }})
{%- endmacro %}

{#- Fewer of the expected records than the limit, or of the bins of the days present. -#}
{% macro is_low_coverage(coverage) -%}
    (
        {{ coverage }}.records_received < {{ limit_of('low coverage') }} * {{ coverage }}.records_expected
        or {{ coverage }}.bins_present < {{ limit_of('low coverage') }} * 288 * {{ coverage }}.days_present
    )
{%- endmacro %}

{#- A sum of fractions that is the same in whatever order an engine adds: to 18 decimal places. -#}
{% macro exact_sum(fraction) %}cast(sum(cast({{ fraction }} as decimal(38, 18))) as double){% endmacro %}

{#- The logarithm of the chance that none of an address's packets, sampled 1 in `interval`, had been sampled 1 in
    `largest`; added up over intervals. What was seen at the largest itself is certain, and not of these. -#}
{% macro log_of_missing(packets, interval, largest) -%}
    case
        when {{ interval }} < {{ largest }}
            then cast(cast({{ packets }} as double) * ln(1 - {{ interval }} / {{ largest }}) as decimal(38, 15))
        else 0
    end
{%- endmacro %}

{#- An address with so few sampled packets may be a stray (decided 2026-11-21: three are not one scan's single packet twice). -#}
{% macro packets_to_be_sure() %}3{% endmacro %}

{#- Mean rate of bits over a number of covered bins; zero without bits, null without a covered bin. -#}
{% macro mean_rate(bits, covered_bins) -%}
    case when {{ covered_bins }} > 0 then {{ bits_per_second('coalesce(' ~ bits ~ ', 0)') }} / {{ covered_bins }} end
{%- endmacro %}

{#- A part of a whole as a double; null where the whole is nothing. -#}
{% macro ratio(part, whole) %}cast({{ part }} as double) / nullif(cast({{ whole }} as double), 0){% endmacro %}
