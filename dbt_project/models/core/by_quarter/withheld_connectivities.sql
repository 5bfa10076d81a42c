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

{{ merged_parts_of_cells(
    ['quarter', 'region', 'network_type', 'direction'], ['connectivity'], is_limited_by_dominance=false
) }}

select
    quarter,
    region,
    network_type,
    direction,
    connectivity,
    is_merged as is_withheld
from merged
