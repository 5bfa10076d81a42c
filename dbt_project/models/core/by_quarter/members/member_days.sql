{{ config(materialized='view') }}

with address_days as (
    select * from {{ ref('quarter_address_days') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

memberships as (
    select * from {{ ref('cells_of_types') }}
),

covered_days as (
    select
        quarter,
        count(distinct event_on) as days
    from covered
    group by quarter
),

addresses_of_covered_days as (
    select
        quarter,
        event_on,
        region,
        network_type,
        subscriber,
        sum(bits) as bits
    from address_days
    semi join covered using (event_on)
    group by all
),

{{ unique_of_members('unique_addresses', 'addresses_of_covered_days', ['quarter', 'event_on']) }},

bits_of_days as (
    select
        quarter,
        event_on,
        region,
        network_type,
        sum(bits) as bits
    from addresses_of_covered_days
    group by all
),

members_of_days as (
    select
        memberships.dimension,
        memberships.member,
        bits_of_days.quarter,
        bits_of_days.event_on,
        cast(sum(bits_of_days.bits) as double) as bits
    from bits_of_days
    inner join memberships on {{ is_member('bits_of_days') }}
    group by all
),

by_day as (
    select
        members_of_days.*,
        unique_addresses.unique_ips
    from members_of_days
    inner join unique_addresses using (dimension, member, quarter, event_on)
)

select
    by_day.dimension,
    by_day.member,
    by_day.quarter,
    sum(by_day.bits order by by_day.event_on) / any_value(covered_days.days) as bits_daily_average,
    sum(by_day.unique_ips order by by_day.event_on) / any_value(covered_days.days) as unique_ips_daily_average,
    avg(by_day.bits / by_day.unique_ips order by by_day.event_on) as magnitude_daily_average
from by_day
inner join covered_days on by_day.quarter = covered_days.quarter
group by all
