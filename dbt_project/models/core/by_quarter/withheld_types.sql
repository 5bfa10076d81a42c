{{ config(pre_hook='{{ forget_selected_quarters() }}') }}

with addresses_of_paths as (
    select * from {{ ref('quarter_addresses') }}
),

paths as (
    select distinct
        quarter,
        path,
        network_type,
        direction
    from {{ ref('quarter_paths') }}
),

settings as (
    select * from {{ ref('operator_settings') }}
),

addresses as (
    select
        paths.quarter,
        paths.network_type,
        addresses_of_paths.subscriber,
        addresses_of_paths.bits
    from addresses_of_paths
    inner join paths on addresses_of_paths.path = paths.path
),

{{ merged_parts_of_quarters('network_type') }},

by_quarter as (
    select
        quarter,
        count(distinct subscriber) as unique_ips
    from members
    group by quarter
),

named as (
    select
        merged.quarter,
        merged.network_type,
        by_quarter.unique_ips >= settings.minimum_unique_ips as is_quarter_told,
        case
            when merged.is_merged or by_quarter.unique_ips < settings.minimum_unique_ips then 'withheld'
            else merged.network_type
        end as published_type
    from merged
    inner join by_quarter on merged.quarter = by_quarter.quarter
    cross join settings
),

named_paths as (
    select
        paths.path,
        named.quarter,
        named.published_type,
        paths.direction
    from paths
    inner join named on paths.quarter = named.quarter and paths.network_type = named.network_type
),

slices as (
    select
        named_paths.quarter,
        named_paths.published_type,
        named_paths.direction,
        addresses_of_paths.month,
        addresses_of_paths.subscriber
    from addresses_of_paths
    inner join named_paths on addresses_of_paths.path = named_paths.path
),

directions as (
    select
        quarter,
        published_type,
        direction,
        count(distinct subscriber) as unique_ips
    from slices
    group by quarter, published_type, direction
),

months as (
    select
        quarter,
        published_type,
        month,
        count(distinct subscriber) as unique_ips
    from slices
    group by quarter, published_type, month
),

least_of_directions as (
    select
        quarter,
        published_type,
        min(unique_ips) as unique_ips
    from directions
    group by quarter, published_type
),

least_of_months as (
    select
        quarter,
        published_type,
        min(unique_ips) as unique_ips
    from months
    group by quarter, published_type
)

select
    named.quarter,
    named.network_type,
    named.published_type,
    named.is_quarter_told,
    least_of_directions.unique_ips >= settings.minimum_unique_ips as is_direction_told,
    least_of_months.unique_ips >= settings.minimum_unique_ips as are_months_told
from named
inner join least_of_directions
    on named.quarter = least_of_directions.quarter and named.published_type = least_of_directions.published_type
inner join least_of_months
    on named.quarter = least_of_months.quarter and named.published_type = least_of_months.published_type
cross join settings
