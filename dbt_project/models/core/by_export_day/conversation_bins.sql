{%- set conversation = 'export_on, own_address, peer_address, protocol, direction, region, network_key, "override"' %}

-- Read twice instead of kept once: few of a day's parts are of a heavy conversation.
with parts as (
    select * from {{ ref('int_traffic__spread') }}
    where set_apart is null
),

all_parts as (
    select * from {{ ref('int_traffic__spread') }}
    where set_apart is null
),

-- Few peer addresses can have an elephant: the others' records need not be looked at by conversation.
heavy_addresses as (
    select
        export_on,
        peer_address
    from {{ ref('peer_address_days') }}
    where {{ is_selected_day('export_on') }}
    group by export_on, peer_address
    having sum(bits) >= {{ elephant_limit('elephant_bits') }}
),

heavy_conversations as (
    select {{ conversation }}
    from all_parts
    semi join heavy_addresses using (export_on, peer_address)
    group by {{ conversation }}
    having sum(bits) >= {{ elephant_limit('elephant_bits') }}
)

select
    parts.export_on,
    cast(parts.bin_at as date) as event_on,
    parts.bin_at,
    parts.own_address,
    parts.peer_address,
    parts.protocol,
    parts.direction,
    parts.region,
    parts.network_key,
    parts."override",
    cast(sum(parts.bits) as decimal(38, 0)) as bits,
    cast(sum(parts.sampled_packets) as decimal(38, 0)) as sampled_packets
from parts
semi join heavy_conversations as heavy
    on
        parts.export_on = heavy.export_on
        and parts.own_address is not distinct from heavy.own_address
        and parts.peer_address = heavy.peer_address
        and parts.protocol = heavy.protocol
        and parts.direction = heavy.direction
        and parts.region = heavy.region
        and parts.network_key = heavy.network_key
        and parts."override" is not distinct from heavy."override"
group by all
order by all
