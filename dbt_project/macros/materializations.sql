{#- How models become tables and views: in place and in one transaction. dbt-duckdb's own, which build beside what is there
    and rename, cost half of the time of a small build; they still change what was of another kind. -#}

{% materialization view, adapter='duckdb' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and not existing.is_view -%}
        {{ return(dbt.materialization_view_default()) }}
    {%- endif -%}
    {%- set target = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%} create or replace view {{ target }} as ({{ sql }}) {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{% materialization table, adapter='duckdb' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and not existing.is_table -%}
        {{ return(dbt.materialization_table_duckdb()) }}
    {%- endif -%}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('gone') -%} drop table if exists {{ target }} {%- endcall %}
    {% call statement('main') -%} {{ create_table_as(false, target, sql) }} {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target, model) %}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{% materialization incremental, adapter='duckdb' -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set appends = config.get('incremental_strategy') == 'append' -%}
    {%- if existing is not none and not (is_incremental() and appends) -%}
        {{ return(dbt.materialization_incremental_duckdb()) }}
    {%- endif -%}
    {%- set target = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {% if existing is none %}
        {% call statement('main') -%} {{ create_table_as(false, target, sql) }} {%- endcall %}
    {% else %}
        {% do match_columns_of(sql, target) %}
        {% call statement('main') -%} insert into {{ target }} by name ({{ sql }}) {%- endcall %}
    {% endif %}
    {{ run_hooks(post_hooks) }}
    {% do persist_docs(target, model) %}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{#- Gives a table the columns that a statement has and it lacks, and takes those that the statement no longer has. -#}
{% macro match_columns_of(statement, target) -%}
    {% if config.get('contract').enforced %}{% do get_assert_columns_equivalent(statement) %}{% endif %}
    {%- set kept = adapter.get_column_schema_from_query('from ' ~ target) -%}
    {%- set wanted = adapter.get_column_schema_from_query(statement) -%}
    {%- set added = wanted | rejectattr('name', 'in', kept | map(attribute='name') | list) | list -%}
    {%- set gone = kept | rejectattr('name', 'in', wanted | map(attribute='name') | list) | list -%}
    {% if added or gone %}{% do alter_relation_add_remove_columns(target, added, gone) %}{% endif %}
{%- endmacro %}

{#- What is described is there, as contracts hold: nothing needs to be looked up before. -#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- set described = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do described.append((relation.type ~ ' ' ~ relation, model.description)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() -%}
        {%- for column in model.columns.values() if column.description -%}
            {%- do described.append(('column ' ~ relation ~ '.' ~ adapter.quote(column.name), column.description)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if described -%}
        {% call statement('comments') -%}
            {% for what, description in described %} comment on {{ what }} is {{ duckdb_escape_comment(description) }}; {% endfor %}
        {%- endcall %}
    {%- endif -%}
{%- endmacro %}
