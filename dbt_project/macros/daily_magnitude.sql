{#- The CTE `daily` of the CTEs `type_days` and `covered`: average, p95 and maximum of the daily unique addresses and
    magnitudes of network types in periods (columns of both), over the days that any exporter covers; without those of a
    period with a month of few days (is_of_few_days). -#}
{% macro daily_magnitude(periods) -%}
{%- set periods_text = periods | join(', ') -%}
covered_days as (
    select
        {{ periods_text }},
        count(distinct event_on) as days
    from covered
    group by {{ periods_text }}
),

by_day as (
    select
        *,
        {{ is_of_few_days('unique_ips', 'month, network_type') }} as is_of_few_days
    from type_days
    semi join covered using (event_on)
),

-- A covered day without the cell counts no addresses, and has no magnitude.
daily as (
    select
        {{ periods_text }},
        by_day.network_type,
        cast(sum(by_day.unique_ips) as double) / any_value(covered_days.days) as unique_ips_daily_average,
        {{ nearest_rank('by_day.unique_ips', 95, 'any_value(covered_days.days)') }} as unique_ips_daily_p95,
        max(by_day.unique_ips) as unique_ips_daily_max,
        avg(by_day.magnitude order by by_day.event_on) as magnitude_daily_average,
        {{ nearest_rank('by_day.magnitude', 95, 'count(by_day.magnitude)') }} as magnitude_daily_p95,
        max(by_day.magnitude) as magnitude_daily_max
    from by_day
    inner join covered_days using ({{ periods_text }})
    group by {{ periods_text }}, by_day.network_type
    having not bool_or(by_day.is_of_few_days)
)
{%- endmacro %}

{#- Whether a day is of a month (by the columns of it and of what is measured) in which three days or fewer are active and
    one of them has too few addresses: average and maximum over so few tell that one. -#}
{% macro is_of_few_days(unique_ips, of_month) -%}
    count(*) over (partition by {{ of_month }}) <= 3
        and not bool_and({{ is_enough(unique_ips) }}) over (partition by {{ of_month }})
{%- endmacro %}
