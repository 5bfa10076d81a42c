with address_ranges as (
    select * from {{ source('registry', 'address_ranges') }}
)

select
    plan_as_of,
    range_id,
    origin_as,
    is_own,
    special,
    cloud,
    cloud_region,
    country,
    "override"
from address_ranges
