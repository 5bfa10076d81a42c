with found as (
    select found.*
    from {{ ref('int_networks__found') }} as found
    inner join {{ ref('network_type_rules') }} as rules on found.rule = rules.rule
    where rules.speaks_for_siblings and not {{ is_excluded_rule('rules.rule') }}
),

organisations as (
    select distinct
        asn,
        value as organisation
    from {{ ref('stg_registry__network_evidence') }}
    where kind = 'organisation_id'

    union all

    select
        asn,
        organisation
    from {{ ref('stg_registry__networks') }}
    where organisation != ''
),

-- The type of each network that siblings follow, by its first rule: of types that an organisation's networks share. One
-- that is an ISP somewhere runs much else; kinds that no mart shows are there to say what a name does not mean.
followed as (
    select
        found.asn,
        first(found.network_type order by rules.position, found.strength desc) as network_type
    from found
    inner join {{ ref('network_type_rules') }} as rules on found.rule = rules.rule
    inner join {{ ref('network_types') }} as types on found.network_type = types.network_type
    where types.siblings_follow
    group by found.asn
),

relatives as (
    select distinct
        organisations.asn,
        siblings.asn as sibling,
        followed.network_type,
        organisations.organisation
    from organisations
    inner join organisations as siblings
        on organisations.organisation = siblings.organisation and organisations.asn != siblings.asn
    inner join followed on siblings.asn = followed.asn
)

select
    asn,
    'sibling' as rule,
    network_type,
    count(distinct sibling) as strength,
    'of ' || min(organisation) || ', which runs AS' || min(sibling)
    || case when count(distinct sibling) > 1 then ' and ' || (count(distinct sibling) - 1) || ' more' else '' end
        as evidence
from relatives
group by asn, network_type
