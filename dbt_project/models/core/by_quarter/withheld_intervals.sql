{{ config(materialized='table') }}

with addresses as (
    select * from {{ ref('quarter_addresses') }}
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
