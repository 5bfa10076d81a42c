with evidence as (
    select * from {{ ref('stg_registry__network_evidence') }}
)

select
    asn,
    max(number) as customers,
    arg_max(source, number) as source
from evidence
where kind = 'customers' and source in ('as_relationships', 'ipverse')
group by asn
