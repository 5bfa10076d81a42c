{{ config(materialized='table') }}

with quarters as (
    select distinct
        quarter,
        path
    from {{ ref('quarter_paths') }}
),

addresses as (
    select
        quarters.quarter,
        addresses_of_paths.*
    from {{ ref('quarter_addresses') }} as addresses_of_paths
    inner join quarters on addresses_of_paths.path = quarters.path
),

settings as (
    select * from {{ ref('operator_settings') }}
),

{{ merged_parts_of_quarters('sampling_interval') }}

select
    quarter,
    sampling_interval,
    is_merged as is_withheld
from merged
