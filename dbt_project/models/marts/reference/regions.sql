with regions as (
    select * from {{ ref('operator_regions') }}
)

select
    region,
    label,
    position
from regions
order by position, region
