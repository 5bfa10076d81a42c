{{ config(materialized='table') }}

with address_days as (
    select * from {{ ref('quarter_address_days') }}
)

select
    {{ month_of('event_on') }} as month,
    path,
    ip_version,
    sampling_interval,
    address_number,
    subscriber,
    cast(sum(bits) as decimal(38, 0)) as bits,
    cast(sum(sampled_packets) as decimal(38, 0)) as sampled_packets
from address_days
group by all
