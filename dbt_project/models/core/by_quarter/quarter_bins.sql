{{ config(materialized='table') }}

with traffic as (
    select * from {{ ref('typed_traffic_bins') }}
    where {{ in_selected_quarters('event_on') }}
)

select
    quarter,
    quarter_began_on,
    month,
    event_on,
    bin_at,
    network_type,
    metro,
    metro_source,
    region,
    connectivity,
    direction,
    ip_version,
    cast(sum(bits) as decimal(38, 0)) as bits,
    cast(sum(sampled_packets) as decimal(38, 0)) as sampled_packets
from traffic
group by all
