{{ config(materialized='view') }}

with homes as (
    select distinct
        quarter,
        home,
        region,
        network_type
    from {{ ref('quarter_paths') }}
),

memberships as (
    select * from {{ ref('cells_of_types') }}
)

select
    homes.quarter,
    homes.home,
    memberships.dimension,
    memberships.member
from homes
inner join memberships on {{ is_member('homes') }}
