with parts as (
    select * from {{ ref('int_traffic__spread') }}
    where set_apart is null
),

crossings as (
    select * from {{ ref('int_crossings') }}
),

peers as (
    select distinct
        peer,
        network_key,
        "override"
    from {{ ref('int_peer_places') }}
),

-- By key first: names are joined to what is left.
by_key as (
    select
        export_on,
        {{ day_of_bin('bin') }} as event_on,
        peer,
        crossing,
        size_class,
        sum(cast(is_first_part as integer)) as flow_records,
        sum(bits) as bits
    from parts
    group by export_on, event_on, peer, crossing, size_class
)

select
    by_key.export_on,
    by_key.event_on,
    peers.network_key,
    peers."override",
    crossings.region,
    crossings.direction,
    cast(by_key.size_class as integer) as size_class,
    cast(sum(by_key.flow_records) as bigint) as flow_records,
    cast(sum(by_key.bits) as decimal(38, 0)) as bits
from by_key
inner join peers on by_key.peer = peers.peer
inner join crossings on by_key.crossing = crossings.crossing
group by all
order by all
