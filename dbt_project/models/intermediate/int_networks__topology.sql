with evidence as (
    select * from {{ ref('stg_registry__network_evidence') }}
),

counted as (
    select
        asn,
        source,
        max(number) filter (where kind = 'customers') as customers,
        count(*) filter (where kind = 'role' and value = 'inferred_clique') > 0 as is_in_clique
    from evidence
    where source in ('as_relationships', 'ipverse')
    group by asn, source
)

select
    asn,
    'tier1_topology' as rule,
    'isp_tier1' as network_type,
    'in the inferred clique' as evidence
from counted
where source = 'as_relationships' and is_in_clique

union all

select
    asn,
    'customers' as rule,
    'isp_regional' as network_type,
    cast(cast(max(customers) as bigint) as varchar) || ' customers by ' || min(source) as evidence
from counted
where customers >= 3
group by asn
