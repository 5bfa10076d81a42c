{{ config(materialized='view') }}

with address_days as (
    select * from {{ ref('quarter_address_days') }}
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
