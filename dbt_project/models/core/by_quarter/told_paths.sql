{{ config(materialized='table') }}

with paths as (
    select distinct * exclude (crossing, peer, home)
    from {{ ref('quarter_paths') }}
),

{{ labels() }},

{{ types_of_clouds() }},

labelled as (
    select {{ told_columns('paths') | indent(4) }}
    from paths
    {{ join_labels('paths', with_networks=true) | indent(4) }}
)

{{ with_clouds_told('labelled') }}
