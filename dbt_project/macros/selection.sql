{#- What this call builds: the export days and quarters that the lake's run/* tables name, rendered as literals so that
    only the files of those days are read. -#}

{% macro selected_values(source_table, column) -%}
    {%- set values = [] -%}
    {%- if execute -%}
        {%- set found = run_query(
            "select " ~ column ~ " from " ~ source('run', source_table) ~ " order by 1"
        ) -%}
        {%- for row in found.rows -%}{%- do values.append(row[0] | string) -%}{%- endfor -%}
    {%- endif -%}
    {{ return(values) }}
{%- endmacro %}

{% macro is_selected_day(column) -%}
    {%- set days = selected_values('export_days', 'export_on') -%}
    {%- if days -%}
        {{ column }} in (
            {%- for day in days %}date '{{ day }}'{% if not loop.last %}, {% endif %}{% endfor -%}
        )
    {%- else -%} false {%- endif -%}
{%- endmacro %}

{% macro is_selected_quarter(column) -%}
    {%- set quarters = selected_values('quarters', 'quarter') -%}
    {%- if quarters -%}
        {{ column }} in (
            {%- for quarter in quarters %}'{{ quarter }}'{% if not loop.last %}, {% endif %}{% endfor -%}
        )
    {%- else -%} false {%- endif -%}
{%- endmacro %}

{% macro forget_selected_days() -%}
    {%- if is_incremental() -%} delete from {{ this }} where {{ is_selected_day('export_on') }} {%- endif -%}
{%- endmacro %}

{% macro forget_selected_quarters() -%}
    {%- if is_incremental() -%} delete from {{ this }} where {{ is_selected_quarter('quarter') }} {%- endif -%}
{%- endmacro %}

{#- Event days (or export days, which may lie one day later) of the selected quarters, as literal bounds. -#}
{% macro in_selected_quarters(column, quarters_before=0) -%}
    {%- set bounds = [] -%}
    {%- if execute -%}
        {%- set found = run_query(
            "select quarter_began_on - interval " ~ 3 * quarters_before ~ " month, quarter_ended_on from "
            ~ source('run', 'quarters') ~ " order by 1"
        ) -%}
        {%- for row in found.rows -%}
            {%- do bounds.append((row[0] | string | truncate(10, true, '', 0), row[1] | string | truncate(10, true, '', 0))) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if bounds -%}
        (
            {%- for first, last in bounds -%}
                {{ column }} between date '{{ first }}' and date '{{ last }}'{% if not loop.last %} or {% endif %}
            {%- endfor -%}
        )
    {%- else -%} false {%- endif -%}
{%- endmacro %}
