with network_evidence as (
    select * from {{ source('registry', 'network_evidence') }}
),

newest as (
    select max(as_of) as as_of from network_evidence
)

select
    network_evidence.source,
    network_evidence.asn,
    network_evidence.kind,
    network_evidence.value,
    network_evidence.number,
    network_evidence.as_of
from network_evidence
inner join newest on network_evidence.as_of = newest.as_of
