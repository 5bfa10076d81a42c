"""Whether the registries are as fresh as the traffic that they explain, could be pulled, and go on as they were.

Belongs here: snapshots and pulls. Does not belong here: what is made of them (checks.classification).
"""

from datetime import date
from pathlib import Path

import dagster as dg

from assets.ground.workspace import Workspace
from assets.registry.in_force import PULLS
from checks._limits import Limit
from checks._topic import TopicCheck, at_most

AT_FAULT = """
    select source, outcome, reason, as_of, is_at_fault::integer as pulls_at_fault
    from read_parquet('{pulls}') order by source
"""
ROWS = """
    with files as (
        select
            regexp_extract(file_name, 'registry/([^/]+)/as_of=', 1) as table_name,
            regexp_extract(file_name, 'as_of=([0-9-]+)/', 1)::date as as_of,
            num_rows
        from parquet_file_metadata('{lake}/registry/*/as_of=*/*.parquet')
    ),
    followed as (
        select *, lag(num_rows) over (partition by table_name order by as_of) as rows_before from files
    )
    select
        followed.table_name, followed.as_of, followed.num_rows, followed.rows_before,
        coalesce(abs(followed.num_rows - followed.rows_before) / nullif(followed.rows_before, 0), 0) as changed_share
    from followed
    inner join read_parquet('{pulls}') as pulls
        on pulls.is_used
        and followed.as_of = pulls.as_of
        and (followed.table_name = pulls.source or starts_with(followed.table_name, pulls.source || '_'))
    order by followed.table_name
"""
AGES = """
    select pulls.source, pulls.as_of, pulls.confirmed_on,
        greatest(0, traffic.last_on - pulls.confirmed_on)::integer as age_days
    from read_parquet('{pulls}') as pulls, (select max(export_on) as last_on from core.export_files) as traffic
    where pulls.is_used and pulls.source <> 'special_purpose' order by pulls.source
"""


class LakeCheck(TopicCheck):
    """A check of the lake's files alone, which needs no warehouse."""

    def database(self, workspace: Workspace) -> Path | None:
        return None


def _on_lake(sql: str, workspace: Workspace) -> str:
    return sql.format(lake=workspace.lake.root, pulls=workspace.lake.path(PULLS))


def define(workspace: Workspace) -> list[dg.AssetChecksDefinition]:
    """Pulls that failed, tables that jumped, snapshots that are old; they warn, since a good one stays in force."""
    return [
        LakeCheck(
            name="pulls_succeed",
            asset=dg.AssetKey(PULLS),
            description="No registry's last pull failed or was refused.",
            default=Limit(
                "registries.pulls_succeed",
                0,
                "warn",
                "The last good snapshot stays in force; who was renumbered since then is not known.",
                date(2026, 11, 21),
            ),
            sql=lambda of: _on_lake(AT_FAULT, of),
            expected=at_most("pulls_at_fault"),
            remedy="`netstats registries` says what is in force, and what to do about each reason",
        ).define(workspace),
        LakeCheck(
            name="rows_continue",
            asset=dg.AssetKey(PULLS),
            description="The part by which each table in force has more or fewer rows than its snapshot before.",
            default=Limit(
                "registries.rows_continue",
                0.1,
                "warn",
                "Full tables change by a few percent a month; a loss of over a fifth is refused when pulled.",
                date(2026, 11, 21),
            ),
            sql=lambda of: _on_lake(ROWS, of),
            expected=at_most("changed_share"),
            remedy="look at the source; if it holds what it should, nothing needs to be done",
        ).define(workspace),
        TopicCheck(
            name="snapshots_are_fresh",
            asset=dg.AssetKey(["core", "registry_sources"]),
            description="How many days before the newest traffic each source last confirmed its snapshot in force.",
            default=Limit(
                "registries.snapshots_are_fresh",
                92,
                "warn",
                "A snapshot older than a quarter names networks as they were before all of the traffic.",
                date(2026, 11, 21),
            ),
            sql=lambda of: _on_lake(AGES, of),
            expected=at_most("age_days"),
            remedy="`netstats registries` pulls them again; name a newer file where the address is a file",
        ).define(workspace),
    ]
