{{ config(materialized='view') }}

with flow_sizes as (
    select * from {{ ref('flow_sizes') }}
),

types as (
    select * from {{ ref('network_types_by_quarter') }}
)

select
    flow_sizes.*,
    types.quarter,
    {{ quarter_began_on('flow_sizes.event_on') }} as quarter_began_on,
    types.network_type
from flow_sizes
inner join types
    on
        {{ quarter_of('flow_sizes.event_on') }} = types.quarter
        and flow_sizes.network_key = types.network_key
        and flow_sizes."override" is not distinct from types."override"
