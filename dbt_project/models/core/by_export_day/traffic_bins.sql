{{ config(pre_hook='{{ narrow_traffic_bins() }}') }}

-- What keys mean is written, and held to be one thing each, before facts that have them.
-- depends_on: {{ ref('links') }}
-- depends_on: {{ ref('peer_places') }}

with parts as (
    select * from {{ ref('int_traffic__spread') }}
    where set_apart is null
),

by_bin as (
    select
        export_on,
        bin,
        link,
        place,
        plan_as_of,
        ip_version,
        sampling_interval,
        sum(bits) as bits,
        sum(sampled_packets) as sampled_packets,
        sum(bits_variance) as bits_variance
    from parts
    group by all
)

select
    export_on,
    {{ day_of_bin('bin') }} as event_on,
    bin,
    link,
    place,
    plan_as_of,
    ip_version,
    sampling_interval,
    cast(bits as decimal(38, 0)) as bits,
    cast(sampled_packets as decimal(38, 0)) as sampled_packets,
    cast(bits_variance as decimal(38, 0)) as bits_variance
from by_bin
-- Keys that repeat lie together and are stored as runs; sorted by more, the same file takes a third longer to write.
order by export_on, link, bin
