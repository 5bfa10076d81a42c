{{ config(pre_hook='{{ narrow_traffic_bins() }}') }}

-- What keys mean is written, and held to be one thing each, before facts that have them.
-- depends_on: {{ ref('links') }}
-- depends_on: {{ ref('peer_places') }}

with parts as (
    select * from {{ ref('int_traffic__placed') }}
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
    cast(sum(bits) as decimal(38, 0)) as bits,
    cast(sum(sampled_packets) as decimal(38, 0)) as sampled_packets,
    cast(sum(bits_variance) as decimal(38, 0)) as bits_variance,
    cast(sum(bits_variance_upper) as decimal(38, 0)) as bits_variance_upper
from parts
group by all
order by all
