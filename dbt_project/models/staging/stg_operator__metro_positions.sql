with positions as (
    select * from {{ source('operator', 'metro_positions') }}
)

select
    metro,
    latitude,
    longitude
from positions
