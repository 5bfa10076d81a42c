"""Whether the registries are as fresh as the traffic that they explain, and could be pulled.

Belongs here: snapshots and pulls. Does not belong here: what is made of them (checks.classification).
"""

from datetime import date

import dagster as dg

from assets.registry_tables import SOURCES
from assets.workspace import Workspace
from checks._limits import Limit
from checks._topic import TopicCheck, at_most

PULLS = """
    select source, outcome, reason, (outcome in ('refused', 'failed', 'absent'))::integer as pulls_at_fault
    from read_parquet('{path}') order by source
"""
AGES = """
    select sources.source, sources.as_of, greatest(0, traffic.last_on - sources.as_of)::integer as age_days
    from read_parquet('{path}') as sources, (select max(export_on) as last_on from core.export_files) as traffic
    where sources.as_of is not null and sources.source <> 'special_purpose' order by sources.source
"""


def define(workspace: Workspace) -> list[dg.AssetChecksDefinition]:
    """Pulls that failed and snapshots that are old; they warn, since the last good snapshot stays in force."""
    return [
        TopicCheck(
            name="pulls_succeed",
            asset=dg.AssetKey(["core", "registry_sources"]),
            description="No registry's last pull failed or was refused.",
            default=Limit(
                "registries.pulls_succeed",
                0,
                "warn",
                "The last good snapshot stays in force; who was renumbered since then is not known.",
                date(2026, 11, 21),
            ),
            sql=lambda of: PULLS.format(path=of.lake.path(SOURCES)),
            expected=at_most("pulls_at_fault"),
        ).define(workspace),
        TopicCheck(
            name="snapshots_are_fresh",
            asset=dg.AssetKey(["core", "registry_sources"]),
            description="How many days older than the newest traffic each snapshot in force is.",
            default=Limit(
                "registries.snapshots_are_fresh",
                92,
                "warn",
                "A snapshot older than a quarter names networks as they were before all of the traffic.",
                date(2026, 11, 21),
            ),
            sql=lambda of: AGES.format(path=of.lake.path(SOURCES)),
            expected=at_most("age_days"),
        ).define(workspace),
    ]
