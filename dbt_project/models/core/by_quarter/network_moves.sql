{{ config(materialized='table') }}

with types as (
    select * from {{ ref('quarter_types') }}
),

traffic as (
    select * from {{ ref('typed_traffic_bins') }}
    where {{ in_selected_quarters('event_on', quarters_before=1) }}
),

addresses as (
    select * from {{ ref('typed_peer_address_days') }}
    where {{ in_selected_quarters('event_on', quarters_before=1) }}
),

withheld as (
    select * from {{ ref('withheld_networks') }}
),

changed as (
    select
        types.quarter,
        {{ quarter_before('types.quarter') }} as previous_quarter,
        types.network_key,
        types."override",
        before.network_type as previous_network_type,
        types.network_type,
        before.rule as previous_rule,
        types.rule,
        types.confidence,
        types.reason,
        case when types.valid_from > before.map_on then types.valid_from else before.valid_to + 1 end as changed_on
    from types
    inner join types as before
        on
            {{ quarter_before('types.quarter') }} = before.quarter
            and types.network_key = before.network_key
            and types."override" is not distinct from before."override"
    where types.network_type != before.network_type and {{ is_selected_quarter('types.quarter') }}
),

volumes as (
    select
        changed.quarter,
        changed.network_key,
        changed.previous_network_type,
        changed.network_type,
        coalesce(sum(traffic.bits) filter (where traffic.quarter = changed.quarter), 0) as bits,
        coalesce(sum(traffic.bits) filter (where traffic.quarter = changed.previous_quarter), 0) as previous_bits
    from changed
    inner join traffic
        on
            traffic.quarter in (changed.quarter, changed.previous_quarter)
            and changed.network_key = traffic.network_key
            and changed."override" is not distinct from traffic."override"
    group by changed.quarter, changed.network_key, changed.previous_network_type, changed.network_type
),

counts as (
    select
        changed.quarter,
        changed.network_key,
        changed.previous_network_type,
        changed.network_type,
        count(distinct addresses.subscriber) filter (where addresses.quarter = changed.quarter) as unique_ips,
        count(distinct addresses.subscriber) filter (where addresses.quarter = changed.previous_quarter)
            as previous_unique_ips
    from changed
    inner join addresses
        on
            addresses.quarter in (changed.quarter, changed.previous_quarter)
            and changed.network_key = addresses.network_key
            and changed."override" is not distinct from addresses."override"
    group by changed.quarter, changed.network_key, changed.previous_network_type, changed.network_type
),

descriptions as (
    select
        quarter,
        previous_quarter,
        network_key,
        previous_network_type,
        network_type,
        min(previous_rule) as previous_rule,
        min(rule) as rule,
        min(confidence) as confidence,
        min(reason) as reason,
        min(changed_on) as changed_on
    from changed
    group by quarter, previous_quarter, network_key, previous_network_type, network_type
)

-- An override's prefix is an address range and stays in core: its part of a network is a row like any other.
select
    descriptions.*,
    volumes.bits,
    volumes.previous_bits,
    not {{ is_enough('counts.unique_ips') }}
    or not {{ is_enough('counts.previous_unique_ips') }}
    or (volumes.bits > 0 and coalesce(now.is_withheld, true))
    or (volumes.previous_bits > 0 and coalesce(before.is_withheld, true)) as is_withheld
from descriptions
inner join volumes using (quarter, network_key, previous_network_type, network_type)
inner join counts using (quarter, network_key, previous_network_type, network_type)
left join withheld as now
    on
        descriptions.quarter = now.quarter
        and descriptions.network_type = now.network_type
        and descriptions.network_key = now.network_key
left join withheld as before
    on
        descriptions.previous_quarter = before.quarter
        and descriptions.previous_network_type = before.network_type
        and descriptions.network_key = before.network_key
where volumes.bits + volumes.previous_bits > 0
