{{ config(pre_hook='{{ forget_selected_quarters() }}') }}

with paths as (
    select distinct
        path,
        network_type,
        region,
        direction
    from {{ ref('quarter_paths') }}
),

addresses as (
    select
        quarter_addresses.*,
        paths.network_type,
        paths.region,
        paths.direction
    from {{ ref('quarter_addresses') }} as quarter_addresses
    inner join paths on quarter_addresses.path = paths.path
),

types as (
    select * from {{ ref('withheld_types') }}
),

settings as (
    select * from {{ ref('operator_settings') }}
),

members as (
    select distinct
        addresses.quarter,
        types.published_type,
        addresses.region,
        addresses.subscriber,
        case when types.is_direction_told then addresses.direction else 'withheld' end as slice
    from addresses
    inner join types on addresses.quarter = types.quarter and addresses.network_type = types.network_type
),

by_slice as (
    select
        quarter,
        published_type,
        region,
        slice,
        count(*) as unique_ips
    from members
    group by quarter, published_type, region, slice
),

amounts as (
    select
        addresses.quarter,
        types.published_type,
        addresses.region,
        sum(addresses.bits) as bits
    from addresses
    inner join types on addresses.quarter = types.quarter and addresses.network_type = types.network_type
    group by addresses.quarter, types.published_type, addresses.region
),

cells as (
    select
        by_slice.quarter,
        by_slice.published_type,
        by_slice.region,
        any_value(amounts.bits) as bits,
        min(by_slice.unique_ips) < any_value(settings.minimum_unique_ips) as is_sensitive
    from by_slice
    inner join amounts using (quarter, published_type, region)
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
