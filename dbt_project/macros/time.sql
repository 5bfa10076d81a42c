{#- Calendar quarters, written 2025Q4. -#}
{% macro quarter_of(day) %}(year({{ day }}) || 'Q' || quarter({{ day }})){% endmacro %}
{% macro quarter_began_on(day) %}cast(date_trunc('quarter', {{ day }}) as date){% endmacro %}
{% macro quarter_ended_on(day) %}
    cast(date_trunc('quarter', {{ day }}) + interval 3 month - interval 1 day as date)
{% endmacro %}
{% macro month_of(day) %}cast(date_trunc('month', {{ day }}) as date){% endmacro %}

{#- The day (UTC) on which it is asked. -#}
{% macro today() %}cast({{ utc('now()') }} as date){% endmacro %}

{#- The label of the quarter before a label. -#}
{% macro quarter_before(quarter) -%}
    case
        when {{ quarter }} like '%Q1' then (cast({{ quarter }}[1:4] as integer) - 1) || 'Q4'
        else {{ quarter }}[1:5] || (cast({{ quarter }}[6:6] as integer) - 1)
    end
{%- endmacro %}

{#- The label of the quarter after a label. -#}
{% macro quarter_after(quarter) -%}
    case
        when {{ quarter }} like '%Q4' then (cast({{ quarter }}[1:4] as integer) + 1) || 'Q1'
        else {{ quarter }}[1:5] || (cast({{ quarter }}[6:6] as integer) + 1)
    end
{%- endmacro %}

{#- Hour of the week, 0 = Monday from 00 to 01. -#}
{% macro hour_of_week(moment) -%}
    cast(24 * (isodow({{ moment }}) - 1) + hour({{ moment }}) as integer)
{%- endmacro %}

{#- The first day of the quarter of a label. -#}
{% macro first_day_of(quarter) -%}
    make_date(cast({{ quarter }}[1:4] as integer), 3 * cast({{ quarter }}[6:6] as integer) - 2, 1)
{%- endmacro %}

{#- The Monday of a day's week. -#}
{% macro week_of(day) %}cast(date_trunc('week', {{ day }}) as date){% endmacro %}
