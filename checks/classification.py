"""Whether networks have the right type, as far as that can be told.

Belongs here: types of networks. Does not belong here: who holds which prefix (checks.registries).
"""

from datetime import date

import dagster as dg

from assets.ground.workspace import Workspace
from checks._limits import Limit
from checks._topic import TopicCheck, at_least, at_most

CLASSIFIED_SHARE = """
    select
        quarter,
        (sum(bits) filter (where network_type != 'unclassified'))::double / sum(bits)::double as classified_share
    from core.typed_traffic_bins group by quarter order by quarter
"""
KNOWN_NETWORKS = """
    select
        known_networks.asn,
        known_networks.organisation,
        known_networks.network_type as known_type,
        networks.network_type,
        (networks.network_type is distinct from known_networks.network_type)::integer as has_another_type
    from seeds.known_networks
    left join core.networks on networks.network_key = 'as:' || known_networks.asn
    where networks.network_key is not null
        and coalesce(networks.snapshot_on, date '9999-12-31')
        between coalesce(known_networks.valid_from, date '0001-01-01')
        and coalesce(known_networks.valid_to, date '9999-12-31')
    order by known_networks.asn
"""


NAMES = """
    with known as (
        select
            known_networks.asn, known_networks.organisation, known_networks.name_in_registry,
            networks.name, networks.organisation as organisation_now,
            regexp_replace(lower(strip_accents(
                concat_ws(' ', networks.name, networks.organisation))), '[^a-z0-9]+', '', 'g') as called_now,
            unnest(string_split(trim(regexp_replace(lower(strip_accents(
                known_networks.organisation || ' ' || known_networks.name_in_registry)), '[^a-z0-9]+', ' ', 'g')), ' '))
                as word
        from seeds.known_networks
        inner join core.networks on networks.network_key = 'as:' || known_networks.asn
        where networks.snapshot_on
            between coalesce(known_networks.valid_from, date '0001-01-01')
            and coalesce(known_networks.valid_to, date '9999-12-31')
    )
    select
        asn, organisation, name_in_registry, name, organisation_now,
        (not bool_or(contains(called_now, word) and length(word) > 2 and word not in {every_name}))::integer
            as has_another_holder
    from known group by all order by asn
"""
# Words that names of any two networks share.
EVERY_NAME = (
    *("the", "and", "inc", "llc", "ltd", "gmbh", "bhd", "sas", "corp", "corporation", "company", "limited", "group"),
    *("services", "technologies", "technology", "communications", "network", "networks", "internet", "cloud", "asn"),
)
DECISIONS = """
    with reached as (
        select overrides.*, coalesce(
            overrides.prefix is not null and exists (
                select 1 from core.network_keys where network_keys."override" = overrides.prefix),
            false
        ) or exists (
            select 1 from core.networks
            where networks.asn = overrides.asn or networks.organisation = overrides.organisation
        ) as matches
        from read_parquet('{overrides}') as overrides
    )
    select prefix, asn, organisation, network_type, decided_on, (not matches)::integer as matches_nothing
    from reached
    union all
    select null, null, 'no decisions', null, null, 0 where not exists (select 1 from reached)
    order by all
"""


def define(workspace: Workspace) -> list[dg.AssetChecksDefinition]:
    """How much is classified, and whether reviewed networks keep their type."""
    return [
        TopicCheck(
            name="classified_share_of_bits",
            asset=dg.AssetKey(["core", "networks"]),
            description="The part of a quarter's bits whose network has a type.",
            default=Limit(
                "classification.classified_share_of_bits",
                0.8,
                "warn",
                "Below it a type's share can be off by more than most differences; it warns, since a new operator "
                "begins with the bundled networks alone.",
                date(2026, 11, 21),
            ),
            sql=lambda _: CLASSIFIED_SHARE,
            expected=at_least("classified_share"),
            remedy="`netstats review` lists the networks to decide on; a full registry (iptoasn) knows most of them",
        ).define(workspace),
        TopicCheck(
            name="known_networks_keep_their_type",
            asset=dg.AssetKey(["core", "networks"]),
            description="Every network whose type was reviewed by hand has that type by the rules.",
            default=Limit(
                "classification.known_networks_keep_their_type",
                0,
                "block",
                "Reviewed rows are the ground that the rules are measured against.",
                date(2026, 11, 21),
            ),
            sql=lambda _: KNOWN_NETWORKS,
            expected=at_most("has_another_type"),
            remedy="take back the override or registry that gives them another type, or mend their row in the seed",
        ).define(workspace),
        TopicCheck(
            name="known_networks_have_their_holder",
            asset=dg.AssetKey(["core", "networks"]),
            description="The registry in force calls each reviewed network by a word of its name at the review.",
            default=Limit(
                "classification.known_networks_have_their_holder",
                0,
                "warn",
                "AS numbers change hands: eight of 428 belonged to others in 2024-01.",
                date(2026, 11, 21),
            ),
            sql=lambda _: NAMES.format(every_name=EVERY_NAME),
            expected=at_most("has_another_holder"),
            remedy="give the row of the seed known_networks a valid_to, and the new holder a row of its own",
        ).define(workspace),
        TopicCheck(
            name="decisions_match",
            asset=dg.AssetKey(["core", "networks"]),
            description="Every row of overrides.csv is on a network that registries or traffic know.",
            default=Limit(
                "classification.decisions_match",
                0,
                "warn",
                "A decision on a misspelt organisation, or on a prefix without traffic, changes nothing.",
                date(2026, 11, 21),
            ),
            sql=lambda of: DECISIONS.format(overrides=of.lake.path(("operator", "overrides"))),
            expected=at_most("matches_nothing"),
            remedy="`netstats decide` names what a decision matches; take the row out, or correct it",
        ).define(workspace),
    ]
