{{ config(pre_hook='{{ forget_selected_quarters() }}') }}

with addresses as (
    select * from {{ ref('quarter_addresses') }}
),

types as (
    select * from {{ ref('withheld_types') }}
),

settings as (
    select * from {{ ref('operator_settings') }}
),

paths as (
    select distinct
        paths.path,
        paths.quarter,
        types.published_type,
        paths.region,
        case when types.is_direction_told then paths.direction else 'withheld' end as slice
    from {{ ref('quarter_paths') }} as paths
    inner join types on paths.quarter = types.quarter and paths.network_type = types.network_type
),

members as (
    select
        paths.quarter,
        paths.published_type,
        paths.region,
        paths.slice,
        addresses.subscriber,
        sum(addresses.bits) as bits
    from addresses
    inner join paths on addresses.path = paths.path
    group by all
),

by_slice as (
    select
        quarter,
        published_type,
        region,
        slice,
        count(*) as unique_ips,
        sum(bits) as bits
    from members
    group by quarter, published_type, region, slice
),

cells as (
    select
        by_slice.quarter,
        by_slice.published_type,
        by_slice.region,
        sum(by_slice.bits) as bits,
        min(by_slice.unique_ips) < any_value(settings.minimum_unique_ips) as is_sensitive
    from by_slice
    cross join settings
    group by by_slice.quarter, by_slice.published_type, by_slice.region
),

{{ merged_members('merged', 'cells', 'members', ['quarter', 'published_type'], ['region']) }}

select
    quarter,
    published_type,
    region,
    case when is_merged then 'withheld' else region end as published_region
from merged
