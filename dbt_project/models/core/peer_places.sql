{{ config(tags=['by_day']) }}

with places as (
    select * from {{ ref('int_peer_places') }}
)

select distinct
    place,
    peer,
    network_key,
    network_rule,
    origin_as,
    cloud,
    cloud_region,
    country,
    "override"
from places
{% if is_incremental() -%}
except
select
    place,
    peer,
    network_key,
    network_rule,
    origin_as,
    cloud,
    cloud_region,
    country,
    "override"
from {{ this }}
{% endif -%}
order by all
