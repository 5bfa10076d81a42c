{{ config(pre_hook='{{ narrow_peer_address_days() }}') }}

-- What keys mean is written, and held to be one thing each, before facts that have them.
-- depends_on: {{ ref('links') }}
-- depends_on: {{ ref('peer_places') }}

with parts as (
    select * from {{ ref('int_traffic__placed') }}
)

select
    export_on,
    {{ day_of_bin('bin') }} as event_on,
    crossing,
    peer,
    ip_version,
    sampling_interval,
    peer_address,
    {{ subscriber_of('peer_address', 'ip_version') }} as subscriber,
    cast(sum(bits) as decimal(38, 0)) as bits,
    cast(sum(sampled_packets) as decimal(38, 0)) as sampled_packets,
    {{ hours_touched(hour_of_bin('bin')) }} as hours_touched
from parts
group by all
order by all
