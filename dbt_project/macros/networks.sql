{#- The AS number in a network key; null for links, clouds and the unknown. -#}
{% macro as_number_of(network_key) -%}
    case when {{ network_key }} like 'as:%' then cast(substr({{ network_key }}, 4) as bigint) end
{%- endmacro %}
