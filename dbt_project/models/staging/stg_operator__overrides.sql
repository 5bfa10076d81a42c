with overrides as (
    select * from {{ source('operator', 'overrides') }}
)

select
    prefix,
    first_address,
    last_address,
    asn,
    organisation,
    network_type,
    reason,
    author,
    decided_on,
    coalesce(expires_on, date '9999-12-31') as expires_on
from overrides
