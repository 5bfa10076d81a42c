{{ config(materialized='view') }}

with elephant_bins as (
    select * from {{ ref('elephant_bins') }}
),

types as (
    select * from {{ ref('network_types_by_quarter') }}
)

select
    elephant_bins.*,
    types.quarter,
    {{ quarter_began_on('elephant_bins.event_on') }} as quarter_began_on,
    types.network_type
from elephant_bins
inner join types
    on
        {{ quarter_of('elephant_bins.event_on') }} = types.quarter
        and elephant_bins.network_key = types.network_key
        and elephant_bins."override" is not distinct from types."override"
