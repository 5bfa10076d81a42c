with pairs as (
    select * from {{ ref('int_interface_pairs') }}
)

{% for side in sides() %}
{%- set way = way_of(side) %}
select distinct
    {{ side }}_link as link,
    {{ side }}_crossing as crossing,
    exporter_address as exporter,
    {{ way }}_interface as interface,
    {{ way }}_provider_as as provider_as,
    site,
    metro,
    region,
    {{ way }}_connectivity as connectivity,
    '{{ side }}' as direction
from pairs
where coalesce(side_by_roles, '{{ side }}') = '{{ side }}'
{% if not loop.last %}union
{% endif %}
{%- endfor %}
