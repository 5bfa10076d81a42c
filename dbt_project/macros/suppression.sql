{#- Which cells are not published (docs/method.md, "What is published"); a limit of 1 in the operator's settings switches
    it off. -#}

{#- The CTE `suppressed` of a CTE with the columns unique_ips, bits and top_network_share: the same rows with
    `is_suppressed`. A cell is suppressed that has too few unique addresses or, where `is_limited_by_dominance`, too large
    a part of one network; and the smallest other cell below each total (cells that agree in the columns of one of
    `complements`) of which one cell alone is suppressed, since the total would give it away. -#}
{% macro suppressed_cells(cells, keys, complements, is_limited_by_dominance=false) -%}
suppressed_0 as (
    select
        {{ cells }}.*,
        coalesce({{ cells }}.unique_ips, 0) < settings.minimum_unique_ips
        {% if is_limited_by_dominance -%}
        or coalesce({{ cells }}.top_network_share, 0) > settings.maximum_share_of_one_network
        {%- endif %}
            as is_suppressed_0
    from {{ cells }}
    cross join {{ ref('operator_settings') }} as settings
),

{% for total in complements -%}
{%- set before = 'is_suppressed_' ~ loop.index0 -%}
suppressed_{{ loop.index }} as (
    select
        *,
        {{ before }} or (
            sum(cast({{ before }} as integer)) over (partition by {{ total | join(', ') }}) = 1
            and row_number() over (
                partition by {{ total | join(', ') }}, {{ before }}
                order by bits, {{ keys | join(', ') }}
            ) = 1
        ) as is_suppressed_{{ loop.index }}
    from suppressed_{{ loop.index0 }}
),

{% endfor -%}
suppressed as (
    select
        *,
        is_suppressed_{{ complements | length }} as is_suppressed
    from suppressed_{{ complements | length }}
)
{%- endmacro %}

{% macro unless_suppressed(value) %}case when not is_suppressed then {{ value }} end{% endmacro %}

{#- Columns under their own names, null in suppressed cells. -#}
{% macro each_unless_suppressed(columns) -%}
    {%- for column in columns %}{{ unless_suppressed(column) }} as {{ column }}{% if not loop.last %},
    {% endif %}{% endfor -%}
{%- endmacro %}

{#- The CTE `suppressed` of differences between quarters: a member that is suppressed in one of them is in none. -#}
{% macro suppressed_pairs(differences) -%}
suppressed_quarters as (
    select
        quarter,
        dimension,
        member,
        bool_or(is_suppressed) as is_suppressed
    from {{ ref('quarter_metrics') }}
    group by all
),

suppressed as (
    select
        {{ differences }}.*,
        coalesce(now.is_suppressed, false) or coalesce(before.is_suppressed, false) as is_suppressed
    from {{ differences }}
    left join suppressed_quarters as now
        on
            {{ differences }}.quarter = now.quarter
            and {{ differences }}.dimension = now.dimension
            and {{ differences }}.member = now.member
    left join suppressed_quarters as before
        on
            {{ differences }}.previous_quarter = before.quarter
            and {{ differences }}.dimension = before.dimension
            and {{ differences }}.member = before.member
)
{%- endmacro %}
