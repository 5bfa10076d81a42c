{{ config(materialized='view') }}

with peer_address_days as (
    select * from {{ ref('placed_peer_address_days') }}
),

types as (
    select distinct
        peer,
        quarter,
        quarter_began_on,
        network_type
    from {{ ref('types_of_places') }}
)

select
    peer_address_days.*,
    {{ month_of('peer_address_days.event_on') }} as month,
    types.quarter,
    types.quarter_began_on,
    types.network_type
from peer_address_days
inner join types
    on
        peer_address_days.peer = types.peer
        and {{ quarter_began_on('peer_address_days.event_on') }} = types.quarter_began_on
