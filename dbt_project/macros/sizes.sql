{#- Flow sizes on log bins, and the limits of elephants and workflows (seed elephant_limits). -#}

{#- The k of 2^k <= bytes < 2^(k + 1), of bits; 0 for less than two bytes, 61 for all that a counter gone wrong may say. -#}
{% macro size_class(bits) -%}
    least(cast(floor(log2(greatest(cast({{ bits }} as double) / 8, 1))) as integer), 61)
{%- endmacro %}

{% macro elephant_limit(name) -%}
    (select number from {{ ref('elephant_limits') }} where limit_name = '{{ name }}')
{%- endmacro %}

{#- The CTE `numbered` of `bins`: the bins of each conversation (its columns) with the number of the run that they are of. A
    pause that is longer than the limit ends a run; the next bin begins another. -#}
{% macro runs_of(bins, conversation) -%}
with_previous as (
    select
        *,
        lag(bin_at) over (partition by {{ conversation }} order by bin_at) as previous_bin_at
    from {{ bins }}
),

marked as (
    select
        *,
        coalesce(
            {{ seconds_between('previous_bin_at', 'bin_at') }}
            > {{ bin_seconds() }} + {{ elephant_limit('longest_pause_seconds') }},
            true
        ) as is_begin
    from with_previous
),

numbered as (
    select
        *,
        sum(cast(is_begin as integer)) over (partition by {{ conversation }} order by bin_at) as run
    from marked
)
{%- endmacro %}

{#- How long before its end, in seconds, an export day's last word of a flow that goes on may be: what the next one begins
    with was measured up to the longest active timeout earlier. -#}
{% macro seconds_before_the_next_day() -%}
    (
        select greatest({{ default_active_timeout_s() }}, coalesce(max(active_timeout_s), 0))
        from {{ ref('stg_operator__exporters') }}
    ) + {{ seconds_after_the_day_before() }}
{%- endmacro %}

{#- How long after its begin a run may begin that goes on from the day before. -#}
{% macro seconds_after_the_day_before() -%}
    ({{ elephant_limit('longest_pause_seconds') }} + {{ bin_seconds() }} + {{ clock_tolerance_ms() }} // 1000)
{%- endmacro %}

{#- Whether a moment lies where runs of an export day may hang together with those of its neighbours. -#}
{% macro is_at_edge(first, last, export_on) -%}
    (
        {{ seconds_between(export_on, first) }} <= {{ seconds_after_the_day_before() }}
        or {{ seconds_between(last, export_on ~ ' + interval 1 day') }} <= {{ seconds_before_the_next_day() }}
    )
{%- endmacro %}

{#- The CTEs that end in `name`: of each cell of `keys`, the most bits that one value of a column has. -#}
{% macro largest_part(name, bins, keys, column) -%}
{{ name }}_summed as (
    select
        {{ keys | join(', ') }},
        {{ column }},
        sum(bits) as bits
    from {{ bins }}
    group by all
),

{{ name }} as (
    select
        {{ keys | join(', ') }},
        max(bits) as largest_bits
    from {{ name }}_summed
    group by all
)
{%- endmacro %}
