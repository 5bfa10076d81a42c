{{ config(materialized='table') }}

with addresses as (
    select * from {{ ref('quarter_addresses') }}
),

settings as (
    select * from {{ ref('operator_settings') }}
),

cells as (
    select
        addresses.quarter,
        addresses.sampling_interval,
        sum(addresses.bits) as bits,
        count(distinct addresses.subscriber) < any_value(settings.minimum_unique_ips) as is_sensitive
    from addresses
    cross join settings
    group by addresses.quarter, addresses.sampling_interval
),

members as (
    select distinct
        quarter,
        sampling_interval,
        subscriber,
        'all' as slice
    from addresses
),

{{ merged_members('merged', 'cells', 'members', ['quarter'], ['sampling_interval']) }}

select
    quarter,
    sampling_interval,
    is_merged as is_withheld
from merged
