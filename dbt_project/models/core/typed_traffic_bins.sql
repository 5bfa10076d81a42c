{{ config(materialized='view') }}

with traffic_bins as (
    select * from {{ ref('placed_traffic_bins') }}
),

types as (
    select * from {{ ref('network_types_by_quarter') }}
)

select
    traffic_bins.*,
    {{ month_of('traffic_bins.event_on') }} as month,
    types.quarter,
    {{ quarter_began_on('traffic_bins.event_on') }} as quarter_began_on,
    types.network_type
from traffic_bins
inner join types
    on
        {{ quarter_of('traffic_bins.event_on') }} = types.quarter
        and traffic_bins.network_key = types.network_key
        and traffic_bins."override" is not distinct from types."override"
