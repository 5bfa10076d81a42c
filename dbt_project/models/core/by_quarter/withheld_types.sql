{{ config(pre_hook='{{ forget_selected_quarters() }}') }}

with paths as (
    select distinct
        path,
        network_type,
        direction
    from {{ ref('quarter_paths') }}
),

addresses as (
    select
        quarter_addresses.*,
        paths.network_type,
        paths.direction
    from {{ ref('quarter_addresses') }} as quarter_addresses
    inner join paths on quarter_addresses.path = paths.path
),

settings as (
    select * from {{ ref('operator_settings') }}
),

by_quarter as (
    select
        quarter,
        count(distinct subscriber) as unique_ips
    from addresses
    group by quarter
),

{{ merged_parts_of_quarters('network_type') }},

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

slices as (
    select
        named.quarter,
        named.published_type,
        addresses.direction,
        addresses.month,
        addresses.subscriber
    from addresses
    inner join named on addresses.quarter = named.quarter and addresses.network_type = named.network_type
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
