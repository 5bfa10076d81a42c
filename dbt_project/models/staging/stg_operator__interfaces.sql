with interfaces as (
    select * from {{ source('operator', 'interfaces') }}
)

select
    exporter,
    exporter_address,
    interface,
    if_index,
    role,
    connectivity,
    provider,
    speed_bps,
    coalesce(valid_from, date '0001-01-01') as valid_from,
    coalesce(valid_to, date '9999-12-31') as valid_to
from interfaces
