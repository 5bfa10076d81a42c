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

-- A router's address stays in core: outside, its links have its name.
exporters as (
    select
        exporter_address,
        last(exporter_name order by valid_to) as exporter_name
    from {{ ref('stg_operator__exporters') }}
    group by exporter_address
),

-- Networks that are no AS: links and the published prefixes of clouds.
elsewhere as (
    select
        network_key,
        'interface' as rule,
        'migration' as network_type,
        'a migration interface of the operator: ' || substr({{ link_by_name('seen', 'exporters') }}, 6) as evidence
    from seen
    left join exporters on {{ exporter_of_link('seen.network_key') }} = exporters.exporter_address
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
        {{ link_by_name('keys', 'exporters') }} as published_key,
        {{ as_number_of('keys.network_key') }} as asn,
        coalesce(classified.name, {{ link_by_name('keys', 'exporters') }}) as name,
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
    left join exporters on {{ exporter_of_link('keys.network_key') }} = exporters.exporter_address
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
    found.evidence_on,
    found.published_key
from found
inner join rules on found.rule = rules.rule
order by found.network_key
