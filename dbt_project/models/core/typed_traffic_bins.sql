{{ config(materialized='view') }}

with traffic_bins as (
    select * from {{ ref('placed_traffic_bins') }}
),

types as (
    select * from {{ ref('types_of_places') }}
)

select
    traffic_bins.*,
    {{ month_of('traffic_bins.event_on') }} as month,
    types.quarter,
    types.quarter_began_on,
    types.network_type
from traffic_bins
inner join types
    on
        traffic_bins.place = types.place
        and {{ quarter_began_on('traffic_bins.event_on') }} = types.quarter_began_on
