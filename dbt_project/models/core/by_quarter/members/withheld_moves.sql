{{ config(materialized='view') }}

with moves as (
    select * from {{ ref('network_moves') }}
    where is_withheld
),

memberships as (
    select * from {{ ref('cells_of_types') }}
)

-- What the map moved of a withheld network would tell its bits.
select distinct
    memberships.quarter,
    memberships.dimension,
    memberships.member
from moves
inner join memberships
    on
        moves.quarter = memberships.quarter
        and memberships.network_type in (moves.network_type, moves.previous_network_type)
where memberships.dimension in ('network_type', 'share_group', 'region_network_type')
