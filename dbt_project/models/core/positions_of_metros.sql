{{ config(materialized='view') }}

with reviewed as (
    select * from {{ ref('metro_positions') }}
),

written as (
    select * from {{ ref('stg_operator__metro_positions') }}
)

select
    metro,
    'interconnect_site' as metro_source,
    latitude,
    longitude
from written
union all
select
    reviewed.metro,
    reviewed.metro_source,
    reviewed.latitude,
    reviewed.longitude
from reviewed
left join written on reviewed.metro = written.metro and reviewed.metro_source = 'interconnect_site'
where written.metro is null
