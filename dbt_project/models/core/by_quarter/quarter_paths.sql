{{ config(materialized='table') }}

-- A quarter follows the views of its days, which are made with them (orchestration/policies.py).
-- depends_on: {{ ref('typed_peer_address_days') }}

with address_days as (
    select * from {{ ref('peer_address_days') }}
    where {{ in_selected_quarters('event_on') }}
),

crossings as (
    select * from {{ ref('crossings') }}
),

peers as (
    select * from {{ ref('peers') }}
),

types as (
    select distinct
        peer,
        quarter,
        quarter_began_on,
        network_type
    from {{ ref('types_of_places') }}
),

met as (
    select distinct
        {{ quarter_began_on('event_on') }} as quarter_began_on,
        crossing,
        peer
    from address_days
),

named as (
    select
        types.quarter,
        types.quarter_began_on,
        met.crossing,
        met.peer,
        types.network_type,
        peers.network_key,
        peers.cloud,
        peers.cloud_region,
        peers.country,
        {{ crossed_columns('crossings', 'peers') | indent(4) }}
    from met
    inner join crossings on met.crossing = crossings.crossing
    inner join peers on met.peer = peers.peer
    inner join types on met.peer = types.peer and met.quarter_began_on = types.quarter_began_on
)

select
    *,
    cast(dense_rank() over (
        order by
            quarter, network_type, network_key, cloud, cloud_region, country, metro, metro_source, region, connectivity,
            direction
    ) as integer) as path,
    cast(dense_rank() over (order by quarter, region, network_type) as smallint) as home
from named
