{#- The parts of a CTE with the place of their peer, of the CTE `places` (int_peer_places); and with names, of the CTE
    `crossings` (int_crossings) too. -#}
{% macro placed_parts(parts) -%}
select
    {{ parts }}.*,
    places.place,
    places.peer,
    places.network_key,
    places."override"
from {{ parts }}
inner join places
    on
        {{ parts }}.plan_as_of is not distinct from places.plan_as_of
        and {{ parts }}.peer_range is not distinct from places.peer_range
        and {{ parts }}.believed_as is not distinct from places.believed_as
        and {{ parts }}.naming_link is not distinct from places.naming_link
{%- endmacro %}

{% macro named_parts(parts) -%}
select
    placed.*,
    {{ moment_of_bin('placed.bin') }} as bin_at,
    crossings.region,
    crossings.direction
from ({{ placed_parts(parts) }}) as placed
inner join crossings on placed.crossing = crossings.crossing
{%- endmacro %}

{#- What the views of facts with names have in common: what a crossing (or link) and a peer (or place) say. -#}
{% macro placed_columns(crossings, peers) -%}
{{ peers }}.network_key,
    {{ peers }}."override",
    {{ peers }}.cloud,
    {{ peers }}.cloud_region,
    {{ peers }}.country,
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
