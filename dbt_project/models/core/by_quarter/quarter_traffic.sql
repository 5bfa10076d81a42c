{{ config(materialized='table') }}

-- Nothing is summed up before the bytes of its days are accounted for and what was dropped for a twin is known to have
-- one: checks stand on these two, and block what is made after them.
-- depends_on: {{ ref('conservation') }}
-- depends_on: {{ ref('metering_twins') }}
-- depends_on: {{ ref('record_days') }}
-- depends_on: {{ ref('double_counting') }}

with traffic as (
    select * from {{ ref('typed_traffic_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

exporters as (
    select * from {{ ref('stg_operator__exporters') }}
)

select
    traffic.quarter,
    traffic.quarter_began_on,
    traffic.month,
    traffic.network_type,
    traffic.network_key,
    traffic."override",
    traffic.metro,
    traffic.metro_source,
    traffic.region,
    traffic.connectivity,
    traffic.cloud,
    traffic.cloud_region,
    traffic.country,
    traffic.direction,
    traffic.ip_version,
    traffic.sampling_interval,
    cast(sum(traffic.bits) as decimal(38, 0)) as bits,
    cast(sum(traffic.sampled_packets) as decimal(38, 0)) as sampled_packets,
    cast(sum(traffic.bits_variance) as decimal(38, 0)) as bits_variance,
    cast(sum(traffic.bits_variance_upper) as decimal(38, 0)) as bits_variance_upper,
    cast(max(coalesce(exporters.active_timeout_s, {{ default_active_timeout_s() }})) as integer) as active_timeout_s_max
from traffic
left join exporters
    on
        traffic.exporter = exporters.exporter_address
        and traffic.event_on between exporters.valid_from and exporters.valid_to
group by all
