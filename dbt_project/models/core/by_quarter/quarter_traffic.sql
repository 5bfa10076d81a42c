{{ config(materialized='table') }}

-- Nothing is summed up before the bytes of its days are accounted for and what was dropped for a twin is known to have
-- one: checks stand on these two, and block what is made after them.
-- depends_on: {{ ref('conservation') }}
-- depends_on: {{ ref('metering_twins') }}
-- depends_on: {{ ref('record_days') }}
-- depends_on: {{ ref('double_counting') }}

-- A quarter follows the views of its days, which are made with them (orchestration/policies.py).
-- depends_on: {{ ref('typed_traffic_bins') }}

with traffic as (
    select * from {{ ref('traffic_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

links as (
    select * from {{ ref('links') }}
),

places as (
    select * from {{ ref('peer_places') }}
),

types as (
    select * from {{ ref('types_of_places') }}
),

exporters as (
    select * from {{ ref('stg_operator__exporters') }}
),

timeouts as (
    select
        links.link,
        exporters.valid_from,
        exporters.valid_to,
        exporters.active_timeout_s
    from links
    inner join exporters on links.exporter = exporters.exporter_address
),

-- By key first: names are joined to what is left.
by_key as (
    select
        {{ month_of('traffic.event_on') }} as month,
        traffic.link,
        traffic.place,
        traffic.ip_version,
        traffic.sampling_interval,
        sum(traffic.bits) as bits,
        sum(traffic.sampled_packets) as sampled_packets,
        sum(traffic.bits_variance) as bits_variance,
        max(coalesce(timeouts.active_timeout_s, {{ default_active_timeout_s() }})) as active_timeout_s_max
    from traffic
    left join timeouts
        on traffic.link = timeouts.link and traffic.event_on between timeouts.valid_from and timeouts.valid_to
    group by all
)

select
    types.quarter,
    types.quarter_began_on,
    by_key.month,
    types.network_type,
    {{ placed_columns('links', 'places') }},
    by_key.ip_version,
    by_key.sampling_interval,
    cast(sum(by_key.bits) as decimal(38, 0)) as bits,
    cast(sum(by_key.sampled_packets) as decimal(38, 0)) as sampled_packets,
    cast(sum(by_key.bits_variance) as decimal(38, 0)) as bits_variance,
    cast(
        sum({{ sampling_variance_upper('by_key.bits', 'by_key.sampling_interval') }}) as decimal(38, 0)
    ) as bits_variance_upper,
    cast(max(by_key.active_timeout_s_max) as integer) as active_timeout_s_max
from by_key
inner join links on by_key.link = links.link
inner join places on by_key.place = places.place
inner join types on by_key.place = types.place and {{ quarter_began_on('by_key.month') }} = types.quarter_began_on
group by all
