{{ config(materialized='view') }}

with traffic as (
    select * from {{ ref('quarter_traffic') }}
),

{{ labels() }}

select
    traffic.* replace (withheld_networks.published_key as network_key),
    withheld_types.published_type = traffic.network_type as is_type_named,
    withheld_regions.published_region = traffic.region as is_region_named,
    withheld_types.is_direction_told
from traffic
{{ join_labels('traffic', with_networks=true) }}
