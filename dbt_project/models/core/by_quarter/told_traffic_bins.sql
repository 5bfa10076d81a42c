{{ config(materialized='view') }}

with traffic as (
    select * from {{ ref('typed_traffic_bins') }}
),

{{ labels() }},

{{ types_of_clouds() }},

labelled as (
    select {{ told_columns('traffic') | indent(4) }}
    from traffic
    {{ join_labels('traffic', with_networks=true) | indent(4) }}
)

{{ with_clouds_told('labelled') }}
