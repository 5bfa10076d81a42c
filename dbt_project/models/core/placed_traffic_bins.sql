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
    places.network_key,
    places.network_rule,
    places.origin_as,
    places.cloud,
    places.cloud_region,
    places.country,
    places."override",
    traffic.plan_as_of,
    traffic.place,
    links.exporter,
    links.interface,
    links.site,
    coalesce(links.metro, places.cloud_region, 'unknown') as metro,
    case
        when links.metro is not null then 'interconnect_site'
        when places.cloud_region is not null then 'cloud_region'
        else 'unknown'
    end as metro_source,
    links.region,
    links.connectivity,
    links.direction,
    traffic.ip_version,
    traffic.sampling_interval,
    traffic.bits,
    traffic.sampled_packets,
    traffic.bits_variance,
    traffic.bits_variance_upper
from traffic
inner join links on traffic.link = links.link
inner join places on traffic.place = places.place
