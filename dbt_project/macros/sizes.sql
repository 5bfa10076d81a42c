{#- Flow sizes on log bins, and the limits of elephants and workflows (seed elephant_limits). -#}

{#- The k of 2^k <= bytes < 2^(k + 1), of bits; 0 for less than two bytes, 61 for all that a counter gone wrong may say. -#}
{% macro size_class(bits) -%}
    least(cast(floor(log2(greatest(cast({{ bits }} as double) / 8, 1))) as integer), 61)
{%- endmacro %}

{% macro elephant_limit(name) -%}
    (select number from {{ ref('elephant_limits') }} where limit_name = '{{ name }}')
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
