{{ config(materialized='view') }}

with settings as (
    select * from {{ ref('stg_operator__settings') }}
)

select
    operator,
    is_simulated,
    timezone,
    tracking_began_on
from settings
