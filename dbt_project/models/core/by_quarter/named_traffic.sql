{{ config(materialized='view') }}

with traffic as (
    select * from {{ ref('quarter_traffic') }}
),

{{ labels() }},

{{ types_of_clouds() }},

named as (
    select
        traffic.* replace (withheld_networks.published_key as network_key),
        withheld_types.published_type = traffic.network_type as is_type_named,
        withheld_regions.published_region = traffic.region as is_region_named,
        withheld_types.is_direction_told
    from traffic
    {{ join_labels('traffic', with_networks=true) | indent(4) }}
)

select
    named.*,
    {{ cloud_columns('named') }}
from named
