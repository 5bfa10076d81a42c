{{ config(materialized='view') }}

with peers as (
    select * from {{ ref('peers') }}
),

types as (
    select * from {{ ref('network_types_by_quarter') }}
)

select
    peers.peer,
    types.quarter,
    {{ first_day_of('types.quarter') }} as quarter_began_on,
    types.network_type
from peers
inner join types
    on peers.network_key = types.network_key and peers."override" is not distinct from types."override"
