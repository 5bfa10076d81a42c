{{ config(materialized='view') }}

with elephant_bins as (
    select * from {{ ref('quarter_elephant_bins') }}
),

types as (
    select * from {{ ref('withheld_types') }}
),

networks as (
    select * from {{ ref('withheld_networks') }}
)

select
    elephant_bins.* replace (
        types.published_type as network_type,
        case when networks.is_withheld then 'withheld' else networks.published_key end as network_key,
        case when types.is_direction_told then elephant_bins.direction else 'withheld' end as direction
    ),
    types.is_quarter_told
from elephant_bins
inner join types on elephant_bins.quarter = types.quarter and elephant_bins.network_type = types.network_type
inner join networks
    on
        elephant_bins.quarter = networks.quarter
        and elephant_bins.network_type = networks.network_type
        and elephant_bins.network_key = networks.network_key
