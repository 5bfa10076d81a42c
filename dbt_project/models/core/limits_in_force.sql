{{ config(materialized='view') }}

with limits as (
    select * from {{ ref('stg_operator__limits') }}
)

select
    limit_name,
    unit,
    number,
    is_the_operators
from limits
