with settings as (
    select * from {{ ref('operator_settings') }}
)

select
    operator,
    is_simulated,
    timezone,
    tracking_began_on
from settings
