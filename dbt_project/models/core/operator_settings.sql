{{ config(materialized='view') }}

with settings as (
    select * from {{ ref('stg_operator__settings') }}
)

select
    operator,
    is_simulated,
    timezone,
    tracking_began_on,
    minimum_unique_ips,
    maximum_share_of_one_network
from settings
