{{ config(materialized='table') }}

with places as (
    select * from {{ ref('peer_places') }}
),

types as (
    select * from {{ ref('types_of_places') }}
    where {{ is_selected_quarter('quarter') }}
),

withheld_types as (
    select * from {{ ref('withheld_types') }}
),

withheld_networks as (
    select * from {{ ref('withheld_networks') }}
),

{{ types_of_clouds() }},

labelled as (
    select
        types.quarter,
        types.quarter_began_on,
        types.place,
        withheld_types.published_type as network_type,
        case
            when withheld_networks.is_withheld then 'withheld' else withheld_networks.published_key
        end as network_key,
        places.cloud,
        places.cloud_region,
        places.country,
        withheld_networks.is_cloud_told
    from types
    inner join places on types.place = places.place
    inner join withheld_types
        on types.quarter = withheld_types.quarter and types.network_type = withheld_types.network_type
    inner join withheld_networks
        on
            types.quarter = withheld_networks.quarter
            and types.network_type = withheld_networks.network_type
            and places.network_key = withheld_networks.network_key
)

{{ with_clouds_told('labelled') }}
