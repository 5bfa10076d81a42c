{{ config(tags=['by_day']) }}

with places as (
    select
        network_key,
        "override"
    from {{ ref('int_peer_places') }}
)

select distinct
    network_key,
    "override"
from places
{% if is_incremental() %}
    where not exists (
        select 1 from {{ this }} as known
        where known.network_key = places.network_key and known."override" is not distinct from places."override"
    )
{% endif %}
order by all
