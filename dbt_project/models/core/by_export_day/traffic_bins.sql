with parts as (
    select * from {{ ref('int_traffic__spread') }}
    where set_apart is null
)

select
    export_on,
    cast(bin_at as date) as event_on,
    bin_at,
    network_key,
    network_rule,
    origin_as,
    cloud,
    cloud_region,
    country,
    "override",
    plan_as_of,
    exporter,
    interface,
    site,
    metro,
    metro_source,
    region,
    connectivity,
    direction,
    ip_version,
    sampling_interval,
    cast(sum(bits) as decimal(38, 0)) as bits,
    cast(sum(sampled_packets) as decimal(38, 0)) as sampled_packets,
    cast(sum(bits_variance) as decimal(38, 0)) as bits_variance,
    cast(sum(bits_variance_upper) as decimal(38, 0)) as bits_variance_upper
from parts
group by all
order by all
