{{ config(materialized='view') }}

with traffic as (
    select distinct
        quarter,
        region,
        network_type
    from {{ ref('quarter_traffic') }}
),

types as (
    select * from {{ ref('withheld_types') }}
),

regions as (
    select * from {{ ref('withheld_regions') }}
),

memberships as (
    select * from {{ ref('cells_of_types') }}
),

cells as (
    select
        traffic.quarter,
        traffic.region,
        traffic.network_type,
        not types.is_quarter_told as is_quarter_withheld,
        types.published_type != types.network_type as is_type_withheld,
        regions.published_region != regions.region as is_region_withheld
    from traffic
    inner join types on traffic.quarter = types.quarter and traffic.network_type = types.network_type
    inner join regions
        on
            traffic.quarter = regions.quarter
            and types.published_type = regions.published_type
            and traffic.region = regions.region
)

-- A member that holds what is told under another name would give it away.
select
    memberships.quarter,
    memberships.dimension,
    memberships.member,
    bool_or(
        cells.is_quarter_withheld
        or (cells.is_type_withheld and memberships.dimension != 'total')
        or (cells.is_region_withheld and memberships.region is not null)
    ) as is_withheld,
    bool_or(cells.is_type_withheld and memberships.dimension = 'region_network_type') as is_unlisted
from cells
inner join memberships on {{ is_member('cells') }}
group by memberships.quarter, memberships.dimension, memberships.member
