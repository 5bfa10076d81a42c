{{ config(alias='network_types') }}

with network_types as (
    select * from {{ ref('network_types') }}
)

select
    network_type,
    label,
    position,
    colour,
    definition,
    is_published
from network_types
where is_published
order by position
