{{ config(materialized='view') }}

with members as (
    select * from {{ ref('neocloud_members') }}
),

elephant_bins as (
    select * from {{ ref('elephant_bins') }}
),

networks as (
    select
        network_key,
        name,
        organisation,
        asn
    from {{ ref('networks') }}
),

said as (
    select
        asn,
        string_agg(value, ' ' order by value) as words
    from {{ ref('stg_registry__network_evidence') }}
    where kind = 'says'
    group by asn
),

observed as (
    select count(distinct event_on) as days from members
),

by_address as (
    select
        candidate,
        subscriber,
        sum(bits) as bits,
        sum(bits) filter (where event_on > newest_on - {{ days_to_review() }} // 2) as newer_bits,
        count(distinct event_on) as days
    from members
    group by candidate, subscriber
),

everything as (
    select cast(sum(bits) as double) / count(distinct subscriber) as bits_per_address from members
    where candidate = network_key or network_key = 'unknown'
),

shapes as (
    select
        by_address.candidate,
        sum(by_address.bits) as bits,
        count(*) as addresses,
        cast(sum(by_address.bits) as double) / count(*) as bits_per_address,
        coalesce(cast(sum(by_address.bits) filter (where by_address.days * 2 >= observed.days) as double), 0)
        / nullif(cast(sum(by_address.bits) as double), 0) as persistent_share,
        coalesce(cast(sum(by_address.newer_bits) as double), 0)
        / nullif(cast(sum(by_address.bits - coalesce(by_address.newer_bits, 0)) as double), 0) as growth
    from by_address
    cross join observed
    group by by_address.candidate
),

parts as (
    select distinct
        candidate,
        network_key,
        peer_address,
        newest_on
    from members
),

conversations as (
    select
        parts.candidate,
        elephant_bins.peer_address,
        count(distinct elephant_bins.own_address) as own_addresses,
        sum(elephant_bins.bits) as bits
    from elephant_bins
    inner join parts
        on elephant_bins.network_key = parts.network_key and elephant_bins.peer_address = parts.peer_address
    where elephant_bins."override" is null and elephant_bins.event_on > parts.newest_on - {{ days_to_review() }}
    group by parts.candidate, elephant_bins.peer_address
),

elephants as (
    select
        candidate,
        sum(bits) as bits,
        count(*) filter (where own_addresses >= 2) as mesh_addresses
    from conversations
    group by candidate
),

holdings as (
    select distinct
        candidate,
        network_key
    from members
),

holders as (
    select
        holdings.candidate,
        min(holdings.network_key) as network_key,
        string_agg(distinct networks.name, ', ' order by networks.name) as name,
        string_agg(distinct networks.organisation, ', ' order by networks.organisation) as organisation,
        max(cast({{ has_pattern(
            words_of("concat_ws(' ', networks.name, networks.organisation, said.words)"), neocloud_words()
        ) }} as integer)) as words
    from holdings
    left join networks on holdings.network_key = networks.network_key
    left join said on networks.asn = said.asn
    group by holdings.candidate
)

select
    shapes.candidate,
    holders.network_key,
    holders.name,
    holders.organisation,
    cast(shapes.bits as decimal(38, 0)) as bits,
    shapes.addresses,
    shapes.bits_per_address,
    shapes.bits_per_address / nullif(everything.bits_per_address, 0) as times_bits_per_address,
    shapes.persistent_share,
    coalesce(cast(elephants.bits as double) / nullif(cast(shapes.bits as double), 0), 0) as elephant_share,
    coalesce(elephants.mesh_addresses, 0) as mesh_addresses,
    shapes.growth,
    -- A prefix of a host is not marked by the words of its holder: all prefixes of it would be.
    case when shapes.candidate = holders.network_key then holders.words else 0 end as words
from shapes
cross join everything
inner join holders on shapes.candidate = holders.candidate
left join elephants on shapes.candidate = elephants.candidate
