{{ config(materialized='view') }}

with address_days as (
    select * from {{ ref('quarter_address_days') }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on') }}
),

members_of_homes as (
    select * from {{ ref('members_of_homes') }}
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
        event_on,
        home,
        subscriber,
        sum(bits) as bits
    from address_days
    semi join covered using (event_on)
    group by all
),

{{ unique_of_members('unique_addresses', 'addresses_of_covered_days', ['event_on']) }},

bits_of_days as (
    select
        event_on,
        home,
        sum(bits) as bits
    from addresses_of_covered_days
    group by all
),

members_of_days as (
    select
        members_of_homes.quarter,
        members_of_homes.dimension,
        members_of_homes.member,
        bits_of_days.event_on,
        cast(sum(bits_of_days.bits) as double) as bits
    from bits_of_days
    inner join members_of_homes on bits_of_days.home = members_of_homes.home
    group by all
),

by_day as (
    select
        members_of_days.*,
        unique_addresses.unique_ips,
        {{ is_of_few_days(
            'unique_addresses.unique_ips',
            'members_of_days.dimension, members_of_days.member, ' ~ month_of('members_of_days.event_on')
        ) }} as is_of_few_days
    from members_of_days
    inner join unique_addresses using (dimension, member, event_on)
)

select
    by_day.dimension,
    by_day.member,
    by_day.quarter,
    sum(by_day.bits order by by_day.event_on) / any_value(covered_days.days) as bits_daily_average,
    sum(by_day.unique_ips order by by_day.event_on) / any_value(covered_days.days) as unique_ips_daily_average,
    case
        when not bool_or(by_day.is_of_few_days)
            then avg(by_day.bits / by_day.unique_ips order by by_day.event_on)
    end as magnitude_daily_average
from by_day
inner join covered_days on by_day.quarter = covered_days.quarter
group by all
