{{ config(materialized='view') }}

with links as (
    select * from {{ ref('links') }}
)

select distinct
    crossing,
    metro,
    region,
    connectivity,
    direction
from links
