{#- The AS number in a network key; null for links, clouds and the unknown. -#}
{% macro as_number_of(network_key) -%}
    case when {{ network_key }} like 'as:%' then cast(substr({{ network_key }}, 4) as bigint) end
{%- endmacro %}

{#- The cloud in a network key such as cloud:aws/us-east-1. -#}
{% macro cloud_of(network_key) -%}
    case when {{ network_key }} like 'cloud:%' then split_part(substr({{ network_key }}, 7), '/', 1) end
{%- endmacro %}

{#- The first and last of all days, for rows that hold from the beginning or to this day. -#}
{% macro first_of_all_days() %}date '0001-01-01'{% endmacro %}
{% macro last_of_all_days() %}date '9999-12-31'{% endmacro %}
