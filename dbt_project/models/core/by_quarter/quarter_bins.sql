{{ config(materialized='table') }}

with traffic as (
    select * from {{ ref('traffic_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

links as (
    select * from {{ ref('links') }}
),

places as (
    select * from {{ ref('peer_places') }}
),

types as (
    select * from {{ ref('types_of_places') }}
),

crossings as (
    select * from {{ ref('crossings') }}
),

-- What bins tell of places is much less than what names them.
kinds_of_places as (
    select
        types.place,
        types.quarter,
        types.quarter_began_on,
        types.network_type,
        places.cloud_region,
        dense_rank() over (order by types.quarter, types.network_type, places.cloud_region) as kind_of_place
    from types
    inner join places on types.place = places.place
),

-- By key first: names are joined to what is left.
by_key as (
    select
        traffic.event_on,
        traffic.bin,
        links.crossing,
        kinds_of_places.kind_of_place,
        traffic.ip_version,
        sum(traffic.bits) as bits,
        sum(traffic.sampled_packets) as sampled_packets
    from traffic
    inner join links on traffic.link = links.link
    inner join kinds_of_places
        on
            traffic.place = kinds_of_places.place
            and {{ quarter_began_on('traffic.event_on') }} = kinds_of_places.quarter_began_on
    group by all
),

keys as (
    select distinct
        crossing,
        kind_of_place
    from by_key
),

kinds_of_keys as (
    select distinct
        kind_of_place,
        quarter,
        quarter_began_on,
        network_type,
        cloud_region
    from kinds_of_places
),

named as (
    select
        keys.crossing,
        keys.kind_of_place,
        kinds_of_keys.quarter,
        kinds_of_keys.quarter_began_on,
        kinds_of_keys.network_type,
        {{ crossed_columns('crossings', 'kinds_of_keys') | indent(4) }}
    from keys
    inner join crossings on keys.crossing = crossings.crossing
    inner join kinds_of_keys on keys.kind_of_place = kinds_of_keys.kind_of_place
),

kinds as (
    select
        *,
        dense_rank() over (
            order by quarter, network_type, metro, metro_source, region, connectivity, direction
        ) as kind
    from named
),

by_kind as (
    select
        by_key.event_on,
        by_key.bin,
        kinds.kind,
        by_key.ip_version,
        sum(by_key.bits) as bits,
        sum(by_key.sampled_packets) as sampled_packets
    from by_key
    inner join kinds on by_key.crossing = kinds.crossing and by_key.kind_of_place = kinds.kind_of_place
    group by all
),

names as (
    select distinct * exclude (crossing, kind_of_place)
    from kinds
)

select
    names.*,
    {{ month_of('by_kind.event_on') }} as month,
    by_kind.event_on,
    {{ moment_of_bin('by_kind.bin') }} as bin_at,
    by_kind.ip_version,
    cast(by_kind.bits as decimal(38, 0)) as bits,
    cast(by_kind.sampled_packets as decimal(38, 0)) as sampled_packets
from by_kind
inner join names on by_kind.kind = names.kind
