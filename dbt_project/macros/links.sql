{#- Where the operator's network is left or entered: what links and crossings are made of, and by which keys facts name them. -#}

{#- The sides of the network that a record can be seen on. -#}
{% macro sides() -%} {{ return(['ingress', 'egress', 'transit', 'internal']) }} {%- endmacro %}

{#- The interface by which a record of a side crossed the boundary: what came in by its input, all else by its output. -#}
{% macro way_of(side) -%} {{ return('in' if side == 'ingress' else 'out') }} {%- endmacro %}

{#- The columns of int_interface_pairs that make the key of a crossing, and of a link, in their order. -#}
{% macro crossing_columns(side) -%}
    {{ return(['metro', 'region', way_of(side) ~ '_connectivity', "'" ~ side ~ "'"]) }}
{%- endmacro %}

{% macro link_columns(side) -%}
    {%- set way = way_of(side) -%}
    {{ return(['exporter_address', way ~ '_interface', 'site', way ~ '_provider_as'] + crossing_columns(side)) }}
{%- endmacro %}

{#- One of the values of a row that stand beside each other by side, such as ingress_link. -#}
{% macro by_side(side, value) -%}
    case {{ side }}
        {%- for one in sides() %} when '{{ one }}' then {{ one }}_{{ value }}{% endfor %}
    end
{%- endmacro %}

{#- The columns that make the key of a peer: the network, and where its addresses lie; and of a place: also what named it. -#}
{% macro peer_columns() -%} {{ return(['network_key', '"override"', 'cloud', 'cloud_region', 'country']) }} {%- endmacro %}
{% macro place_columns() -%} {{ return(peer_columns() + ['network_rule', 'origin_as']) }} {%- endmacro %}

{#- Whether two rows say the same in some columns, where null says the same as null. -#}
{% macro is_same_row(one, other, columns) -%}
    {% for column in columns %}{{ one }}.{{ column }} is not distinct from {{ other }}.{{ column }}
        {%- if not loop.last %} and {% endif %}{% endfor %}
{%- endmacro %}

{#- What facts with names have in common: what a crossing (or link) and a peer (or place) say. -#}
{% macro placed_columns(crossings, peers) -%}
{{ peers }}.network_key,
    {{ peers }}."override",
    {{ peers }}.cloud,
    {{ peers }}.cloud_region,
    {{ peers }}.country,
    {{ crossed_columns(crossings, peers) }}
{%- endmacro %}

{#- Of these, what tells no network. -#}
{% macro crossed_columns(crossings, peers) -%}
coalesce({{ crossings }}.metro, {{ peers }}.cloud_region, 'unknown') as metro,
    case
        when {{ crossings }}.metro is not null then 'interconnect_site'
        when {{ peers }}.cloud_region is not null then 'cloud_region'
        else 'unknown'
    end as metro_source,
    {{ crossings }}.region,
    {{ crossings }}.connectivity,
    {{ crossings }}.direction
{%- endmacro %}
