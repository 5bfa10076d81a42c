-- Few peer addresses can have an elephant: the others' records need not be looked at by conversation.
with heavy_addresses as (
    select
        export_on,
        peer_address
    from {{ ref('peer_address_days') }}
    where {{ is_selected_day('export_on') }}
    group by export_on, peer_address
    having sum(bits) >= {{ elephant_limit('elephant_bits') }}
),

parts as (
    select * from {{ ref('int_traffic__spread') }}
    semi join heavy_addresses using (export_on, peer_address)
    where set_apart is null
),

bins as (
    select
        export_on,
        cast(bin_at as date) as event_on,
        bin_at,
        own_address,
        peer_address,
        protocol,
        direction,
        region,
        network_key,
        "override",
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets
    from parts
    group by all
),

with_whole as (
    select
        *,
        sum(bits) over (
            partition by export_on, own_address, peer_address, protocol, direction, region, network_key, "override"
        ) as conversation_bits
    from bins
)

select
    export_on,
    event_on,
    bin_at,
    own_address,
    peer_address,
    protocol,
    direction,
    region,
    network_key,
    "override",
    cast(bits as decimal(38, 0)) as bits,
    cast(sampled_packets as decimal(38, 0)) as sampled_packets
from with_whole
where conversation_bits >= {{ elephant_limit('elephant_bits') }}
order by all
