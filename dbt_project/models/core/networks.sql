{{ config(materialized='table') }}

with seen as (
    select distinct network_key from {{ ref('network_keys') }}
),

classified as (
    select * from {{ ref('int_networks__classified') }}
),

clouds as (
    select * from {{ ref('clouds') }}
),

rules as (
    select * from {{ ref('network_type_rules') }}
),

-- Networks that are no AS: links and the published prefixes of clouds.
elsewhere as (
    select
        network_key,
        'interface' as rule,
        'migration' as network_type,
        'a migration interface of the operator: ' || substr(network_key, 6) as evidence
    from seen
    where network_key like 'link:%'

    union all

    select
        seen.network_key,
        'cloud_prefixes' as rule,
        clouds.network_type,
        clouds.reason as evidence
    from seen
    inner join clouds on {{ cloud_of('seen.network_key') }} = clouds.cloud
),

keys as (
    select network_key from seen
    union
    select 'as:' || asn from classified
),

found as (
    select
        keys.network_key,
        {{ as_number_of('keys.network_key') }} as asn,
        coalesce(classified.name, keys.network_key) as name,
        classified.organisation,
        coalesce(elsewhere.network_type, classified.network_type, 'unclassified') as network_type,
        coalesce(elsewhere.rule, classified.rule, 'unclassified') as rule,
        coalesce(elsewhere.evidence, classified.evidence, 'no rule knows this network') as evidence,
        coalesce(classified.confidence, 0.0) as confidence,
        classified.runner_up,
        classified.secondary_type,
        classified.snapshot_on,
        classified.evidence_on
    from keys
    left join classified on {{ as_number_of('keys.network_key') }} = classified.asn
    left join elsewhere on keys.network_key = elsewhere.network_key
)

select
    found.network_key,
    found.asn,
    found.name,
    found.organisation,
    found.network_type,
    found.rule,
    found.evidence,
    case
        when found.rule in ('interface', 'cloud_prefixes') then rules.confidence
        else found.confidence
    end as confidence,
    found.runner_up,
    found.secondary_type,
    found.snapshot_on,
    found.evidence_on
from found
inner join rules on found.rule = rules.rule
order by found.network_key
