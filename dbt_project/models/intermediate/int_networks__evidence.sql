{{ config(materialized='table') }}

with rules as (
    select * from {{ ref('network_type_rules') }}
    where not {{ is_excluded_rule('rule') }}
),

types as (
    select * from {{ ref('network_types') }}
),

found as (
    select * from {{ ref('int_networks__found') }}
    union all
    select * from {{ ref('int_networks__siblings') }}
),

by_type as (
    select
        asn,
        rule,
        network_type,
        max(strength) as strength,
        arg_max(evidence, strength) as evidence
    from found
    group by asn, rule, network_type
)

select
    cast(by_type.asn as bigint) as asn,
    by_type.rule,
    by_type.network_type,
    by_type.evidence,
    rules.confidence,
    rules.position as rule_position,
    row_number() over (
        partition by by_type.asn order by rules.position, by_type.strength desc, types.position
    ) as place
from by_type
inner join rules on by_type.rule = rules.rule
inner join types on by_type.network_type = types.network_type
order by asn, place
