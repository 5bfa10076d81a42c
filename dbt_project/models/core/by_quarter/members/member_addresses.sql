{{ config(materialized='view') }}

with paths as (
    select distinct
        path,
        region,
        network_type
    from {{ ref('quarter_paths') }}
),

address_days as (
    select
        quarter_address_days.*,
        paths.region,
        paths.network_type
    from {{ ref('quarter_address_days') }} as quarter_address_days
    inner join paths on quarter_address_days.path = paths.path
),

memberships as (
    select * from {{ ref('cells_of_types') }}
),

addresses as (
    select distinct
        quarter,
        region,
        network_type,
        subscriber
    from address_days
),

{{ unique_of_members('unique_addresses', 'addresses', ['quarter']) }}

select * from unique_addresses
