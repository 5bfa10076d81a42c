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

quarters as (
    select * from {{ ref('quarter_maps') }}
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
