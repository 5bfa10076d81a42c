{{ config(materialized='view') }}

with network_keys as (
    select * from {{ ref('network_keys') }}
),

networks as (
    select * from {{ ref('networks_history') }}
),

decisions as (
    select * from {{ ref('network_type_decisions') }}
),

types as (
    select * from {{ ref('network_types') }}
),

rules as (
    select * from {{ ref('network_type_rules') }}
),

event_days as (
    select event_on from {{ ref('exporter_bins') }}
    union
    select event_on from {{ ref('traffic_bins') }}
),

newest as (
    select max(event_on) as newest_on from event_days
),

-- The map in force on the quarter's last day, observed or not; while it runs, on today, or on the newest day where the
-- clocks of exporters are ahead.
quarters as (
    select
        {{ quarter_of('event_days.event_on') }} as quarter,
        least(
            {{ quarter_ended_on('max(event_days.event_on)') }},
            greatest({{ today() }}, any_value(newest.newest_on))
        ) as map_on
    from event_days
    cross join newest
    group by quarter
),

-- A private link's own purpose comes before any decision on the networks behind it.
decided as (
    select
        quarters.quarter,
        network_keys.network_key,
        network_keys."override",
        first(
            decisions order by decisions.precedence, decisions.prefixes_between, decisions.decided_on desc
        ) as decision
    from network_keys
    cross join quarters
    inner join decisions
        on
            (network_keys.network_key = decisions.network_key or network_keys."override" = decisions."override")
            and quarters.map_on between decisions.decided_on and decisions.expires_on
    where network_keys.network_key not like 'link:%'
    group by all
)

select
    quarters.quarter,
    quarters.map_on,
    network_keys.network_key,
    network_keys."override",
    types.published_as as network_type,
    types.network_type as network_kind,
    rules.rule,
    case when decided.decision is null then networks.confidence else rules.confidence end as confidence,
    coalesce(decided.decision.reason, rules.reason) as reason,
    coalesce(decided.decision.decided_on, networks.valid_from) as valid_from,
    coalesce(decided.decision.expires_on, networks.valid_to) as valid_to
from network_keys
cross join quarters
inner join networks
    on
        network_keys.network_key = networks.network_key
        and quarters.map_on between networks.valid_from and networks.valid_to
left join decided
    on
        quarters.quarter = decided.quarter
        and network_keys.network_key = decided.network_key
        and network_keys."override" is not distinct from decided."override"
inner join types on coalesce(decided.decision.network_type, networks.network_type) = types.network_type
inner join rules on case when decided.decision is null then networks.rule else 'override' end = rules.rule
