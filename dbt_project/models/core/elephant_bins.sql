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

with_previous as (
    select
        *,
        lag(bin_at) over (partition by {{ conversation }} order by bin_at) as previous_bin_at
    from bins
),

-- A pause that is longer than the limit ends an elephant; the next bin begins another.
marked as (
    select
        *,
        coalesce(
            {{ seconds_between('previous_bin_at', 'bin_at') }}
            > {{ bin_seconds() }} + {{ elephant_limit('longest_pause_seconds') }},
            true
        ) as is_begin
    from with_previous
),

numbered as (
    select
        *,
        sum(cast(is_begin as integer)) over (partition by {{ conversation }} order by bin_at) as elephant
    from marked
),

measured as (
    select
        *,
        min(bin_at) over run as elephant_began_at,
        max(bin_at) over run as elephant_last_bin_at,
        sum(bits) over run as elephant_bits
    from numbered
    window run as (partition by {{ conversation }}, elephant)
),

judged as (
    select
        *,
        {{ seconds_between('elephant_began_at', 'elephant_last_bin_at') }} + {{ bin_seconds() }} as elephant_seconds
    from measured
)

select
    {{ conversation }},
    event_on,
    bin_at,
    elephant_began_at,
    elephant_last_bin_at,
    elephant_seconds,
    elephant_bits,
    bits,
    sampled_packets
from judged
where
    elephant_bits >= {{ elephant_limit('elephant_bits') }}
    and elephant_seconds >= {{ elephant_limit('elephant_seconds') }}
    and elephant_bits >= elephant_seconds * {{ elephant_limit('elephant_bits_per_second') }}
