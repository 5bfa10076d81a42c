{{ config(materialized='view') }}

{%- set conversation = 'own_address, peer_address, protocol, direction, region, network_key, "override"' %}

with conversation_bins as (
    select * from {{ ref('conversation_bins') }}
),

bins as (
    select
        {{ conversation }},
        event_on,
        bin_at,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets
    from conversation_bins
    group by {{ conversation }}, event_on, bin_at
),

{{ runs_of('bins', conversation) }},

elephants as (
    select
        {{ conversation }},
        run,
        min(bin_at) as elephant_began_at,
        sum(bits) as elephant_bits,
        {{ seconds_between('min(bin_at)', 'max(bin_at)') }} + {{ bin_seconds() }} as elephant_seconds
    from numbered
    group by {{ conversation }}, run
)

select
    numbered.own_address,
    numbered.peer_address,
    numbered.protocol,
    numbered.direction,
    numbered.region,
    numbered.network_key,
    numbered."override",
    numbered.event_on,
    numbered.bin_at,
    elephants.elephant_began_at,
    elephants.elephant_seconds,
    elephants.elephant_bits,
    numbered.bits,
    numbered.sampled_packets
from numbered
inner join elephants
    on
        numbered.own_address = elephants.own_address
        and numbered.peer_address = elephants.peer_address
        and numbered.protocol = elephants.protocol
        and numbered.direction = elephants.direction
        and numbered.region = elephants.region
        and {{ same_network('numbered', 'elephants') }}
        and numbered.run = elephants.run
where
    elephants.elephant_bits >= {{ elephant_limit('elephant_bits') }}
    and elephants.elephant_seconds >= {{ elephant_limit('elephant_seconds') }}
    and elephants.elephant_bits >= elephants.elephant_seconds * {{ elephant_limit('elephant_bits_per_second') }}
