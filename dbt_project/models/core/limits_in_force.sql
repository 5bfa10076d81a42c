{{ config(materialized='view') }}

with limits as (
    select * from {{ ref('stg_operator__limits') }}
)

select
    limit_name,
    number
from limits
