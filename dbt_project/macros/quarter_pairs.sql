{#- What models of pairs of quarters have in common (docs/method.md, "Error and verdicts"). -#}

{% macro same_network(left, right) -%}
    {{ left }}.network_key = {{ right }}.network_key and {{ left }}."override" is not distinct from {{ right }}."override"
{%- endmacro %}

{#- Whether rows with quarter, region and network are of a row of `moves`. -#}
{% macro is_of_move(cells) -%}
    moves.quarter = {{ cells }}.quarter
            and {{ same_network('moves', cells) }}
            and (moves.region is null or moves.region = {{ cells }}.region)
{%- endmacro %}

{#- A number whose sums and differences are exact, bits and shares alike: to 12 decimal places. -#}
{% macro exact(number) %}cast({{ number }} as decimal(38, 12)){% endmacro %}

{#- A cell's part of the whole's rate, both over their covered bins; zero where there were none. -#}
{% macro share_of_rates(covered_bits, bins, whole_rate) -%}
    {{ exact('coalesce(cast(' ~ covered_bits ~ ' as double) / nullif(' ~ bins ~ ', 0) / nullif(' ~ whole_rate ~ ', 0), 0)') }}
{%- endmacro %}

{#- The five variants' bits of a cell as columns. -#}
{% macro bits_of_variants(column, suffix) -%}
    {%- for variant in ['previous', 'restated', 'map_before', 'map_now', 'current'] %}
    coalesce(sum({{ column }}) filter (where variant = '{{ variant }}'), 0) as {{ variant }}_{{ suffix }}
    {%- if not loop.last %},{% endif %}
    {%- endfor -%}
{%- endmacro %}
