{{ config(materialized='view') }}

with traffic as (
    select * from {{ ref('traffic_bins') }}
),

links as (
    select * from {{ ref('links') }}
),

places as (
    select * from {{ ref('peer_places') }}
)

select
    traffic.export_on,
    traffic.event_on,
    {{ moment_of_bin('traffic.bin') }} as bin_at,
    {{ placed_columns('links', 'places') }},
    places.network_rule,
    places.origin_as,
    traffic.plan_as_of,
    traffic.place,
    links.exporter,
    links.interface,
    links.site,
    traffic.ip_version,
    traffic.sampling_interval,
    traffic.bits,
    traffic.sampled_packets,
    traffic.bits_variance,
    cast(
        {{ sampling_variance_upper('traffic.bits', 'traffic.sampling_interval') }} as decimal(38, 0)
    ) as bits_variance_upper
from traffic
inner join links on traffic.link = links.link
inner join places on traffic.place = places.place
