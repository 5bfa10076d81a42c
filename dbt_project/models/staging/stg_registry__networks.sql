with networks as (
    select * from {{ source('registry', 'networks') }}
),

newest as (
    select max(as_of) as as_of from networks
)

select
    networks.asn,
    networks.name,
    networks.organisation,
    networks.country,
    networks.source,
    networks.ipv4_addresses,
    networks.as_of
from networks
inner join newest on networks.as_of = newest.as_of
