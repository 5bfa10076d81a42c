{{ config(materialized='table') }}

with traffic as (
    select * from {{ ref('told_traffic') }}
),

addresses as (
    select * from {{ ref('told_addresses') }}
),

settings as (
    select * from {{ ref('operator_settings') }}
),

{{ merged_parts_of_cells(['quarter'], ['country'], is_limited_by_dominance=true) }}

select
    quarter,
    country,
    is_merged as is_withheld
from merged
