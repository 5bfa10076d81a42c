with pairs as (
    select * from {{ ref('int_interface_pairs') }}
),

links as (
    {% for side in sides() %}
        select
            {{ side }}_link as link,
            {{ side }}_crossing as crossing,
            exporter_address as exporter,
            {{ way_of(side) }}_interface as interface,
            {{ way_of(side) }}_provider_as as provider_as,
            site,
            metro,
            region,
            {{ way_of(side) }}_connectivity as connectivity,
            '{{ side }}' as direction
        from pairs
        where coalesce(side_by_roles, '{{ side }}') = '{{ side }}'
        {% if not loop.last %} union all {% endif %}
    {% endfor %}
)

select distinct * from links
