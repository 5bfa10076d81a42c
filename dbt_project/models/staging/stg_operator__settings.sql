with settings as (
    select * from {{ source('operator', 'settings') }}
)

select
    operator,
    is_simulated,
    own_asns,
    timezone,
    tracking_began_on
from settings
