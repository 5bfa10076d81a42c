{{ config(tags=['by_day'], post_hook='{{ add_places_of_wide_facts() }}') }}

with places as (
    select * from {{ ref('int_peer_places') }}
)

-- A place that is known is not written again; another one of the same key is, and then fails the test of the key.
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
{% if is_incremental() %}
    where not exists (
        select 1 from {{ this }} as known
        where {{ is_same_row('known', 'places', ['place'] + place_columns()) }}
    )
{% endif %}
order by all
