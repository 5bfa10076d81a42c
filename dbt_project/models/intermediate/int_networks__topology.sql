with evidence as (
    select * from {{ ref('stg_registry__network_evidence') }}
),

customers as (
    select * from {{ ref('int_networks__customers') }}
)

select distinct
    asn,
    'tier1_topology' as rule,
    'isp_tier1' as network_type,
    'in the inferred clique' as evidence
from evidence
where source = 'as_relationships' and kind = 'role' and value = 'inferred_clique'

union all

select
    asn,
    'customers' as rule,
    'isp_regional' as network_type,
    cast(cast(customers as bigint) as varchar) || ' customers by ' || source as evidence
from customers
where customers >= {{ customers_of_a_carrier() }}
