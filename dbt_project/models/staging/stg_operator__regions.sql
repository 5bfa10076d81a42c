with regions as (
    select * from {{ source('operator', 'regions') }}
)

select
    region,
    label,
    position
from regions
