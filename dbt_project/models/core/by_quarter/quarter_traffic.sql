{{ config(materialized='table') }}

-- Nothing is summed up before the bytes of its days are accounted for and what was dropped for a twin is known to have
-- one: checks stand on these two, and block what is made after them.
-- depends_on: {{ ref('conservation') }}
-- depends_on: {{ ref('metering_twins') }}

with traffic as (
    select * from {{ ref('typed_traffic_bins') }}
    where {{ in_selected_quarters('event_on') }}
)

select
    quarter,
    quarter_began_on,
    month,
    network_type,
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
    cast(sum(bits) as decimal(38, 0)) as bits,
    cast(sum(sampled_packets) as decimal(38, 0)) as sampled_packets,
    cast(sum(bits_variance) as decimal(38, 0)) as bits_variance,
    cast(sum(bits_variance_upper) as decimal(38, 0)) as bits_variance_upper
from traffic
group by all
