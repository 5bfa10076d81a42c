{{ config(materialized='view') }}

with address_days as (
    select * from {{ ref('quarter_address_days') }}
),

members_of_homes as (
    select * from {{ ref('members_of_homes') }}
),

quarters as (
    select distinct
        quarter,
        home
    from members_of_homes
),

at_home as (
    select distinct
        home,
        subscriber
    from address_days
),

addresses as (
    select
        quarters.quarter,
        at_home.home,
        at_home.subscriber
    from at_home
    inner join quarters on at_home.home = quarters.home
),

{{ unique_of_members('unique_addresses', 'addresses', ['quarter']) }}

select * from unique_addresses
