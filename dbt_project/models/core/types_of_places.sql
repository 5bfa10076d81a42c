{{ config(materialized='view') }}

with peer_places as (
    select * from {{ ref('peer_places') }}
),

types as (
    select * from {{ ref('network_types_by_quarter') }}
)

select
    peer_places.place,
    peer_places.peer,
    types.quarter,
    {{ first_day_of('types.quarter') }} as quarter_began_on,
    types.network_type
from peer_places
inner join types
    on peer_places.network_key = types.network_key and peer_places."override" is not distinct from types."override"
