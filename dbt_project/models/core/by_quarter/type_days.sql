{{ config(materialized='table') }}

with addresses as (
    select * from {{ ref('told_address_days') }}
)

select
    quarter,
    {{ month_of('event_on') }} as month,
    network_type,
    event_on,
    count(distinct subscriber) as unique_ips,
    cast(sum(bits) as double) / count(distinct subscriber) as magnitude
from addresses
group by quarter, network_type, event_on
