with known_networks as (
    select * from {{ ref('known_networks') }}
),

snapshots as (
    select max(as_of) as as_of from {{ ref('stg_registry__networks') }}
)

-- AS numbers change hands: a row says who held one, so it is asked on the day of the registry that names the holders.
select
    known_networks.asn,
    known_networks.organisation,
    known_networks.name_in_registry,
    known_networks.network_type,
    known_networks.secondary_type,
    known_networks.evidence
from known_networks
cross join snapshots
where
    coalesce(snapshots.as_of, {{ last_of_all_days() }})
    between coalesce(known_networks.valid_from, {{ first_of_all_days() }})
    and coalesce(known_networks.valid_to, {{ last_of_all_days() }})
