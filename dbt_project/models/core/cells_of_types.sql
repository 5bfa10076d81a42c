{{ config(materialized='view') }}

with network_types as (
    select * from {{ ref('network_types') }}
),

regions as (
    select * from {{ ref('operator_regions') }}
),

share_groups as (
    select * from {{ ref('share_groups_by_quarter') }}
),

quarters as (
    select quarter from {{ ref('quarter_maps') }}
)

select
    quarters.quarter,
    'total' as dimension,
    'all' as member,
    cast(null as varchar) as region,
    network_types.network_type
from quarters
cross join network_types
union all
select
    quarters.quarter,
    'network_type' as dimension,
    network_types.network_type as member,
    null as region,
    network_types.network_type
from quarters
cross join network_types
union all
select
    quarter,
    'share_group' as dimension,
    share_group as member,
    null as region,
    network_type
from share_groups
union all
select
    quarters.quarter,
    'region' as dimension,
    regions.region as member,
    regions.region,
    network_types.network_type
from quarters
cross join regions
cross join network_types
union all
select
    quarters.quarter,
    'region_network_type' as dimension,
    regions.region || '/' || network_types.network_type as member,
    regions.region,
    network_types.network_type
from quarters
cross join regions
cross join network_types
