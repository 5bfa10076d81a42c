with network_keys as (
    select distinct network_key from {{ ref('network_keys') }}
),

known_networks as (
    select * from {{ ref('known_networks') }}
),

rules as (
    select * from {{ ref('network_type_rules') }}
),

found as (
    select
        network_key,
        'interface' as rule,
        'migration' as network_type,
        'a migration interface of the operator: ' || substr(network_key, 6) as evidence
    from network_keys
    where network_key like 'link:%'

    union all

    select
        'as:' || asn as network_key,
        'known_network' as rule,
        network_type,
        organisation || ': ' || evidence as evidence
    from known_networks
),

ranked as (
    select
        found.*,
        rules.confidence,
        row_number() over (partition by found.network_key order by rules.position) as place,
        lead(found.network_type) over (partition by found.network_key order by rules.position) as runner_up
    from found
    inner join rules on found.rule = rules.rule
)

select
    network_key,
    network_type,
    rule,
    evidence,
    confidence,
    runner_up
from ranked
where place = 1
