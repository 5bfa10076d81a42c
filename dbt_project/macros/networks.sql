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

{#- The router's address in the key of a link, link:<exporter>/<interface>. -#}
{% macro exporter_of_link(network_key) -%}
    case when {{ network_key }} like 'link:%' then split_part(substr({{ network_key }}, 6), '/', 1) end
{%- endmacro %}

{#- A network key with the router's name in place of its address, in the key of a link. -#}
{% macro link_by_name(rows, exporters) -%}
    case
        when {{ rows }}.network_key like 'link:%'
            then 'link:' || coalesce({{ exporters }}.exporter_name, 'unnamed')
                || substr({{ rows }}.network_key, 6 + length(split_part(substr({{ rows }}.network_key, 6), '/', 1)))
        else {{ rows }}.network_key
    end
{%- endmacro %}

{#- Text of a person without the addresses and prefixes that it names; times of day are left as they are. -#}
{% macro without_addresses(text) -%}
    regexp_replace(
        regexp_replace({{ text }}, '([0-9]{1,3}\.){3}[0-9]{1,3}(/[0-9]{1,2})?', '(address)', 'g'),
        '(([0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{1,4}|[0-9a-fA-F:]*[0-9a-fA-F]::[0-9a-fA-F:]*)(/[0-9]{1,3})?', '(address)', 'g'
    )
{%- endmacro %}
