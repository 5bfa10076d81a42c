{#- How unequally the bits of each cell of `keys` are spread over its members (docs/method.md, "The shape of traffic"). -#}

{#- The CTEs that end in `name`, of a CTE with one row and `bits` for each member of a cell: the number of members, the part
    of the ten largest, Herfindahl-Hirschman index (0 to 1), Gini coefficient, and entropy over the logarithm of the number
    of members (0 for one). -#}
{% macro concentration(name, members, keys, member) -%}
{%- set keys_text = keys | join(', ') -%}
{{ name }}_ranked as (
    select
        {{ keys_text }},
        bits,
        row_number() over (partition by {{ keys_text }} order by bits, {{ member }}) as place,
        row_number() over (partition by {{ keys_text }} order by bits desc, {{ member }} desc) as place_from_top,
        cast(bits as double)
        / nullif(cast(sum(bits) over (partition by {{ keys_text }}) as double), 0) as part
    from {{ members }}
),

{{ name }} as (
    select
        {{ keys_text }},
        count(*) as members,
        cast(sum(bits) filter (where place_from_top <= 10) as double)
        / nullif(cast(sum(bits) as double), 0) as top_10_share,
        {{ exact_sum('part * part') }} as hhi,
        2 * cast(sum({{ wide('place') }} * bits) as double) / nullif(cast(sum(bits) as double) * count(*), 0)
        - (count(*) + 1) / cast(count(*) as double) as gini,
        case
            when count(*) = 1 then 0
            else {{ exact_sum('case when part > 0 then -part * ln(part) else 0 end') }} / ln(count(*))
        end as entropy
    from {{ name }}_ranked
    group by {{ keys_text }}
)
{%- endmacro %}
