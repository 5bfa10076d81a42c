with evidence as (
    select * from {{ ref('stg_registry__network_evidence') }}
    where number is not null
),

limits as (
    select * from {{ ref('hosting_evidence') }}
),

networks as (
    select * from {{ ref('stg_registry__networks') }}
    where ipv4_addresses > 0
)

select
    evidence.asn,
    limits.network_type,
    max(evidence.number) as strength,
    arg_max(
        evidence.source || ': ' || cast(cast(evidence.number as bigint) as varchar) || ' ' || evidence.kind || ' on '
        || cast(networks.ipv4_addresses as varchar) || ' IPv4 addresses',
        evidence.number
    ) as evidence
from evidence
inner join limits on evidence.kind = limits.kind
inner join networks on evidence.asn = networks.asn
where
    evidence.number >= limits.at_least
    and evidence.number * 1000 >= limits.at_least_per_1000_addresses * networks.ipv4_addresses
group by evidence.asn, limits.network_type
