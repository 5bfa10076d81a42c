with parts as (
    select * from {{ ref('int_traffic__spread') }}
    where set_apart is null
)

select
    export_on,
    cast(bin_at as date) as event_on,
    network_key,
    "override",
    metro,
    metro_source,
    region,
    connectivity,
    cloud,
    cloud_region,
    country,
    direction,
    ip_version,
    sampling_interval,
    peer_address,
    {{ subscriber_of('peer_address', 'ip_version') }} as subscriber,
    cast(sum(bits) as decimal(38, 0)) as bits,
    cast(sum(sampled_packets) as decimal(38, 0)) as sampled_packets,
    min(bin_at) as first_bin_at,
    max(bin_at) as last_bin_at,
    {{ hours_touched('bin_at') }} as hours_touched
from parts
group by all
order by all
