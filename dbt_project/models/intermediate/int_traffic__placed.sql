with parts as (
    select * from {{ ref('int_traffic__spread') }}
    where set_apart is null
),

places as (
    select * from {{ ref('int_peer_places') }}
)

select
    parts.*,
    places.place,
    places.peer,
    places.network_key,
    places."override"
from parts
inner join places
    on
        parts.plan_as_of is not distinct from places.plan_as_of
        and parts.peer_range is not distinct from places.peer_range
        and parts.believed_as is not distinct from places.believed_as
        and parts.naming_link is not distinct from places.naming_link
