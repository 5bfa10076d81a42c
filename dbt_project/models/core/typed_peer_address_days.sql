{{ config(materialized='view') }}

with peer_address_days as (
    select * from {{ ref('placed_peer_address_days') }}
),

types as (
    select * from {{ ref('network_types_by_quarter') }}
)

select
    peer_address_days.*,
    {{ month_of('peer_address_days.event_on') }} as month,
    types.quarter,
    {{ quarter_began_on('peer_address_days.event_on') }} as quarter_began_on,
    types.network_type
from peer_address_days
inner join types
    on
        {{ quarter_of('peer_address_days.event_on') }} = types.quarter
        and peer_address_days.network_key = types.network_key
        and peer_address_days."override" is not distinct from types."override"
