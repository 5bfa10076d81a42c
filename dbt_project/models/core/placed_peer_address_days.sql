{{ config(materialized='view') }}

with address_days as (
    select * from {{ ref('peer_address_days') }}
),

crossings as (
    select * from {{ ref('crossings') }}
),

peers as (
    select * from {{ ref('peers') }}
)

select
    address_days.export_on,
    address_days.event_on,
    {{ placed_columns('crossings', 'peers') }},
    address_days.peer,
    address_days.ip_version,
    address_days.sampling_interval,
    address_days.peer_address,
    address_days.subscriber,
    address_days.bits,
    address_days.sampled_packets,
    address_days.hours_touched
from address_days
inner join crossings on address_days.crossing = crossings.crossing
inner join peers on address_days.peer = peers.peer
