{{ config(materialized='view') }}

with address_days as (
    select * from {{ ref('placed_peer_address_days') }}
    where "override" is null and {{ is_plain_address('peer_address') }}
),

types as (
    select * from {{ ref('network_types_by_quarter') }}
    where "override" is null
),

kinds as (
    select * from {{ ref('network_types') }}
),

newest as (
    select max(event_on) as event_on from address_days
),

-- What an AS is by the newest map; decided networks and clouds' own prefixes need no looking for.
searched as (
    select
        address_days.network_key,
        address_days.event_on,
        address_days.peer_address,
        address_days.subscriber,
        address_days.bits,
        newest.event_on as newest_on,
        address_days.network_key like 'as:%' as is_network,
        address_days.network_key = 'unknown' or kinds.candidates_by = 'network and prefix' as is_by_prefix
    from address_days
    cross join newest
    inner join types
        on {{ quarter_of('newest.event_on') }} = types.quarter and address_days.network_key = types.network_key
    inner join kinds on types.network_kind = kinds.network_type
    where
        address_days.event_on > newest.event_on - {{ days_to_review() }}
        and kinds.candidates_by is not null
        and types.rule != 'override'
        and (address_days.network_key like 'as:%' or address_days.network_key = 'unknown')
)

select
    network_key as candidate,
    network_key,
    event_on,
    newest_on,
    peer_address,
    subscriber,
    bits
from searched
where is_network

union all

select
    {{ covering_prefix('peer_address') }} as candidate,
    network_key,
    event_on,
    newest_on,
    peer_address,
    subscriber,
    bits
from searched
where is_by_prefix
