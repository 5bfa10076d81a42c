{{ config(materialized='view') }}

with addresses as (
    select * from {{ ref('quarter_addresses') }}
),

paths as (
    select * from {{ ref('told_paths') }}
)

select
    addresses.*,
    paths.* exclude (path)
from addresses
inner join paths on addresses.path = paths.path
