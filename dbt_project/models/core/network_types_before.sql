{{ config(materialized='view') }}

with types as (
    select * from {{ ref('network_types_by_quarter') }}
),

seen as (
    select distinct
        {{ quarter_of('event_on') }} as quarter,
        network_key
    from {{ ref('placed_traffic_bins') }}
)

-- A network that last quarter's map did not know and that had no traffic then is new, not reclassified.
select
    types.quarter,
    types.network_key,
    types."override",
    types.network_type,
    case
        when before.rule != 'unclassified' or seen.network_key is not null then before.network_type
        else types.network_type
    end as network_type_before
from types
inner join types as before
    on
        {{ quarter_before('types.quarter') }} = before.quarter
        and types.network_key = before.network_key
        and types."override" is not distinct from before."override"
left join seen on before.quarter = seen.quarter and before.network_key = seen.network_key
