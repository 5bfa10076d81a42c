{{ config(materialized='table') }}

with addresses as (
    select * from {{ ref('typed_peer_address_days') }}
    where {{ in_selected_quarters('event_on') }}
)

select
    quarter,
    quarter_began_on,
    month,
    network_type,
    network_key,
    metro,
    metro_source,
    region,
    connectivity,
    cloud,
    cloud_region,
    country,
    direction,
    ip_version,
    sampling_interval,
    peer_address,
    subscriber,
    cast(sum(bits) as decimal(38, 0)) as bits,
    cast(sum(sampled_packets) as decimal(38, 0)) as sampled_packets
from addresses
group by all
