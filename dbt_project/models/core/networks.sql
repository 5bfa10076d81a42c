{{ config(materialized='table') }}

with seen as (
    select distinct network_key from {{ ref('network_keys') }}
),

registered as (
    select
        asn,
        name,
        organisation,
        as_of
    from {{ ref('stg_registry__networks') }}
),

evidence as (
    select * from {{ ref('int_networks__evidence') }}
),

keys as (
    select network_key from seen
    union
    select 'as:' || asn from registered
)

select
    keys.network_key,
    {{ as_number_of('keys.network_key') }} as asn,
    coalesce(registered.name, keys.network_key) as name,
    registered.organisation,
    coalesce(evidence.network_type, 'unclassified') as network_type,
    coalesce(evidence.rule, 'unclassified') as rule,
    coalesce(evidence.evidence, 'no rule knows this network') as evidence,
    coalesce(evidence.confidence, 0.0) as confidence,
    evidence.runner_up,
    cast(null as varchar) as secondary_type,
    registered.as_of as snapshot_on
from keys
left join registered on {{ as_number_of('keys.network_key') }} = registered.asn
left join evidence on keys.network_key = evidence.network_key
order by keys.network_key
