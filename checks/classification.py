"""Whether networks have the right type, as far as that can be told.

Belongs here: types of networks. Does not belong here: who holds which prefix (checks.registries).
"""

from datetime import date

import dagster as dg

from assets.workspace import Workspace
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
    order by known_networks.asn
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
    ]
