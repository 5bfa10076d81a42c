{{ config(pre_hook='{{ narrow_peer_address_days() }}') }}

-- What keys mean is written, and held to be one thing each, before facts that have them.
-- depends_on: {{ ref('links') }}
-- depends_on: {{ ref('peer_places') }}

with parts as (
    select * from {{ ref('int_traffic__spread') }}
    where set_apart is null
),

by_address as (
    select
        export_on,
        {{ day_of_bin('bin') }} as event_on,
        crossing,
        peer,
        ip_version,
        sampling_interval,
        {{ address_number('peer_address') }} as peer_number,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets,
        {{ hours_touched(hour_of_bin('bin')) }} as hours_touched
    from parts
    group by all
)

select
    export_on,
    event_on,
    crossing,
    peer,
    ip_version,
    sampling_interval,
    {{ address_of_number('peer_number') }} as peer_address,
    {{ subscriber_of(address_of_number('peer_number'), 'ip_version') }} as subscriber,
    cast(bits as decimal(38, 0)) as bits,
    cast(sampled_packets as decimal(38, 0)) as sampled_packets,
    hours_touched
from by_address
-- Keys that repeat lie together and are stored as runs; sorted by more, the same file takes a quarter longer to write.
order by export_on, crossing, peer
