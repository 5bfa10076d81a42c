{{ config(materialized='view') }}

with address_days as (
    select * from {{ ref('quarter_address_days') }}
),

paths as (
    select * from {{ ref('told_paths') }}
)

select
    paths.quarter,
    paths.quarter_began_on,
    {{ month_of('address_days.event_on') }} as month,
    address_days.* exclude (path, home),
    paths.region,
    paths.direction,
    paths.network_type,
    paths.is_quarter_told,
    paths.is_direction_told,
    paths.are_months_told
from address_days
inner join paths on address_days.path = paths.path
