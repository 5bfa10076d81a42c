{{ config(materialized='table') }}

with address_days as (
    select * from {{ ref('peer_address_days') }}
    where {{ in_selected_quarters('event_on') }}
),

addresses as (
    select * from {{ ref('quarter_peer_addresses') }}
),

paths as (
    select * from {{ ref('quarter_paths') }}
)

select
    address_days.event_on,
    paths.path,
    paths.home,
    address_days.ip_version,
    address_days.sampling_interval,
    addresses.address_number,
    addresses.subscriber_number as subscriber,
    address_days.bits,
    address_days.sampled_packets,
    address_days.hours_touched
from address_days
inner join paths
    on
        {{ quarter_began_on('address_days.event_on') }} = paths.quarter_began_on
        and address_days.crossing = paths.crossing
        and address_days.peer = paths.peer
inner join addresses
    on
        {{ quarter_began_on('address_days.event_on') }} = addresses.quarter_began_on
        and address_days.peer_address = addresses.peer_address
        and address_days.ip_version = addresses.ip_version
