{{ config(materialized='view') }}

with regions as (
    select * from {{ ref('stg_operator__regions') }}
),

exporter_bins as (
    select * from {{ ref('exporter_bins') }}
),

traffic_bins as (
    select * from {{ ref('placed_traffic_bins') }}
),

-- Traffic is placed by its own day, exports by theirs: each may have an exporter without a row.
unplaced as (
    select region from exporter_bins
    where region = 'unknown'
    union
    select region from traffic_bins
    where region = 'unknown'
)

select
    region,
    label,
    cast(position as integer) as position
from regions
union all
select
    region,
    'Unknown region' as label,
    9999 as position
from unplaced
