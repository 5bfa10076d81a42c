{{ config(materialized='table') }}

with evidence as (
    select * from {{ ref('int_networks__evidence') }}
),

networks as (
    select * from {{ ref('stg_registry__networks') }}
),

known_networks as (
    select * from {{ ref('int_networks__known') }}
),

rules as (
    select * from {{ ref('network_type_rules') }}
),

types as (
    select * from {{ ref('network_types') }}
),

published as (
    select network_type from {{ ref('network_types') }}
    where is_published
),

labels as (
    select max(as_of) as as_of from {{ ref('stg_registry__network_evidence') }}
),

answers as (
    select * from evidence
    where place = 1
),

others as (
    select
        evidence.asn,
        first(evidence.network_type order by evidence.place) as runner_up,
        first(evidence.network_type order by evidence.place) filter (
            where evidence.rule = answers.rule and published.network_type is not null
        ) as secondary_type
    from evidence
    inner join answers on evidence.asn = answers.asn and evidence.network_type != answers.network_type
    left join published on evidence.network_type = published.network_type
    group by evidence.asn
),

-- Content and enterprise are what hosts and content networks say of themselves, too.
contested as (
    select distinct evidence.asn
    from evidence
    inner join rules on evidence.rule = rules.rule
    inner join types on evidence.network_type = types.network_type
    inner join answers on evidence.asn = answers.asn
    inner join types as answered on answers.network_type = answered.network_type
    where
        rules.contests
        and types.kin != answered.kin
        and not (evidence.rule = 'peeringdb_company' and answered.kin in ('hosting', 'cdn'))
),

numbers as (
    select asn from networks
    union
    select asn from answers
)

select
    cast(numbers.asn as bigint) as asn,
    networks.name,
    networks.organisation,
    coalesce(answers.network_type, 'unclassified') as network_type,
    coalesce(answers.rule, 'unclassified') as rule,
    coalesce(answers.evidence, 'no rule knows this network') as evidence,
    coalesce(
        case when contested.asn is not null then rules.contested_confidence end, answers.confidence, 0.0
    ) as confidence,
    contested.asn is not null as is_contested,
    others.runner_up,
    case
        when answers.rule = 'known_network' then known_networks.secondary_type
        else others.secondary_type
    end as secondary_type,
    networks.as_of as snapshot_on,
    labels.as_of as evidence_on
from numbers
cross join labels
left join networks on numbers.asn = networks.asn
left join answers on numbers.asn = answers.asn
left join rules on answers.rule = rules.rule
left join contested on numbers.asn = contested.asn
left join others on numbers.asn = others.asn
left join known_networks on numbers.asn = known_networks.asn
order by numbers.asn
