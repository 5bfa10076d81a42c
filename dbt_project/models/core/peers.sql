{{ config(materialized='view') }}

with places as (
    select * from {{ ref('peer_places') }}
)

select distinct
    peer,
    network_key,
    cloud,
    cloud_region,
    country,
    "override"
from places
