with parts as (
    select * from {{ ref('int_traffic__spread') }}
    where set_apart is null
),

places as (
    select * from {{ ref('int_peer_places') }}
)

{{ placed_parts('parts') }}
