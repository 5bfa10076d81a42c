with settings as (
    select * from {{ source('operator', 'settings') }}
)

select
    operator,
    is_simulated,
    own_asns,
    timezone,
    tracking_began_on,
    suppression_minimum_unique_ips as minimum_unique_ips,
    suppression_maximum_share_of_one_network as maximum_share_of_one_network
from settings
