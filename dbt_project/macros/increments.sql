{#- What a model without a contract appends to its table is inserted from a view: a temporary table would hold each day's
    rows a second time. Models with a contract, and whole tables, are made as dbt-duckdb makes them. -#}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- set appends = config.get('incremental_strategy') == 'append' and not config.get('contract').enforced -%}
    {%- if temporary and language == 'sql' and appends -%}
        create or replace temporary view {{ relation.include(database=false, schema=false) }} as (
            {{ compiled_code }}
        )
    {%- else -%}
        {{ dbt.duckdb__create_table_as(temporary, relation, compiled_code, language, **kwargs) }}
    {%- endif -%}
{%- endmacro %}
