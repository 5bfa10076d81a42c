{{ config(materialized='table') }}

-- A quarter follows the views of its days, which are made with them (orchestration/policies.py).
-- depends_on: {{ ref('typed_traffic_bins') }}

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
    where {{ is_selected_quarter('quarter') }}
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

told_of_places as (
    select distinct * exclude (place)
    from kinds_of_places
),

named as (
    select
        crossings.crossing,
        told_of_places.kind_of_place,
        told_of_places.quarter,
        told_of_places.quarter_began_on,
        told_of_places.network_type,
        {{ crossed_columns('crossings', 'told_of_places') | indent(4) }}
    from crossings
    cross join told_of_places
),

kinds as (
    select
        *,
        dense_rank() over (
            order by quarter, network_type, metro, metro_source, region, connectivity, direction
        ) as kind
    from named
),

-- By key first: names are joined to what is left.
traffic_of_kinds as (
    select
        traffic.event_on,
        traffic.bin,
        traffic.ip_version,
        links.crossing,
        kinds_of_places.kind_of_place,
        traffic.bits,
        traffic.sampled_packets
    from traffic
    inner join links on traffic.link = links.link
    inner join kinds_of_places
        on
            traffic.place = kinds_of_places.place
            and {{ quarter_began_on('traffic.event_on') }} = kinds_of_places.quarter_began_on
),

by_kind as (
    select
        traffic_of_kinds.event_on,
        traffic_of_kinds.bin,
        kinds.kind,
        traffic_of_kinds.ip_version,
        sum(traffic_of_kinds.bits) as bits,
        sum(traffic_of_kinds.sampled_packets) as sampled_packets
    from traffic_of_kinds
    left join kinds
        on traffic_of_kinds.crossing = kinds.crossing and traffic_of_kinds.kind_of_place = kinds.kind_of_place
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
