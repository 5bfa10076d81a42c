{{ config(materialized='table') }}

with traffic as (
    select * from {{ ref('placed_traffic_bins') }}
    where {{ in_selected_quarters('event_on', quarters_before=1) }}
),

covered as (
    select * from {{ ref('covered_bins') }}
    where {{ in_selected_quarters('event_on', quarters_before=1) }}
),

types as (
    select * from {{ ref('quarter_types') }}
),

types_before as (
    select * from {{ ref('quarter_types_before') }}
),

covered_by_any as (
    select distinct bin_at from covered
),

by_network as (
    select
        {{ quarter_of('traffic.event_on') }} as data_quarter,
        {{ week_of('traffic.event_on') }} as week,
        traffic.region,
        traffic.network_key,
        traffic."override",
        sum(traffic.bits) as bits,
        coalesce(sum(traffic.bits) filter (where covered.bin_at is not null), 0) as region_covered_bits,
        coalesce(sum(traffic.bits) filter (where covered_by_any.bin_at is not null), 0) as any_covered_bits
    from traffic
    left join covered on traffic.bin_at = covered.bin_at and traffic.region = covered.region
    left join covered_by_any on traffic.bin_at = covered_by_any.bin_at
    group by all
),

pairs as (
    select distinct
        now.data_quarter as quarter,
        before.data_quarter as previous_quarter
    from by_network as now
    inner join by_network as before on before.data_quarter = {{ quarter_before('now.data_quarter') }}
    where {{ is_selected_quarter('now.data_quarter') }}
)

-- Each network's bits beside its type in the map of their own quarter, of the later quarter, and of the one before it.
select
    pairs.quarter,
    pairs.previous_quarter,
    by_network.*,
    own_map.network_type as own_type,
    map_now.network_type as type_now,
    coalesce(types_before.network_type_before, map_now.network_type) as type_before
from pairs
inner join by_network on by_network.data_quarter in (pairs.quarter, pairs.previous_quarter)
inner join types as own_map
    on by_network.data_quarter = own_map.quarter and {{ same_network('by_network', 'own_map') }}
inner join types as map_now
    on pairs.quarter = map_now.quarter and {{ same_network('by_network', 'map_now') }}
left join types_before
    on pairs.quarter = types_before.quarter and {{ same_network('by_network', 'types_before') }}
