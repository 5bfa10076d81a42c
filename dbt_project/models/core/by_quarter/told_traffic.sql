{{ config(materialized='view') }}

with traffic as (
    select * from {{ ref('quarter_traffic') }}
),

{{ labels() }},

{{ types_of_clouds() }},

labelled as (
    select {{ told_columns('traffic', with_intervals=true) | indent(4) }}
    from traffic
    {{ join_labels('traffic', with_networks=true, with_intervals=true) | indent(4) }}
)

{{ with_clouds_told('labelled') }}
