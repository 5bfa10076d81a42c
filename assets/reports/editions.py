"""reports/editions: a quarter's edition, made with its report if that tells something else than the last one did.

Belongs here: when an edition is made, and what it was made from. Does not belong here: keeping and comparing editions
(assets.warehouse.editions).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from assets.ground.lake import fingerprint_of, sha256_of_file
from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.warehouse.database import OneRun
from assets.warehouse.editions.causes import what_changed
from assets.warehouse.editions.figures import Figures, read_figures
from assets.warehouse.editions.kept import Edition, editions_folder, editions_of, keep
from assets.warehouse.editions.restating import differing
from assets.warehouse.published_marts import KEY as PUBLISHED_MARTS
from assets.warehouse.published_marts import publish_editions

KEY = dg.AssetKey(["reports", "editions"])
SETTINGS = ("settings", "exporters", "interfaces", "sites", "regions", "own_prefixes")
# Flows that ended in the quarter are exported until the day after it.
LAST_EXPORTS = timedelta(days=1)
REGISTRIES = "select source, as_of from marts.data_sources where as_of is not null order by source"
EXPORTS = """
select days_present as days, files_pulled as files, records_received as "flow records"
from marts.coverage_quarterly
where quarter = ?
"""


def make_editions(workspace: Workspace, quarters: Sequence[Quarter], today: date) -> dict[Quarter, Edition]:
    """Make the editions that are due, publish them, and return the newest one of each quarter."""
    folder, newest = editions_folder(workspace.published), dict[Quarter, Edition]()
    for quarter in quarters:
        with duckdb.connect(workspace.published, read_only=True) as published:
            figures = read_figures(published, str(quarter))
            inputs = inputs_of(workspace, published, quarter)
        if figures is None:
            raise dg.Failure(f"the published marts hold nothing of {quarter}; run `netstats build` over its days first")
        before = editions_of(folder, str(quarter))
        is_running = today <= quarter.ended_on + LAST_EXPORTS
        if not before or is_due(before[-1], figures, is_running=is_running):
            number = before[-1].number + 1 if before else 1
            changed = what_changed(before[-1].inputs, inputs) if before else ()
            edition = Edition(str(quarter), number, today, is_running, figures, inputs, changed)
            keep(folder, edition)
            before.append(edition)
        newest[quarter] = before[-1]
    publish_editions(workspace.published)
    return newest


def is_due(last: Edition, figures: Figures, *, is_running: bool) -> bool:
    """Whether a report tells something else than the last edition, or is the first of the complete quarter."""
    return bool(differing(last.figures, figures)) or (last.is_running and not is_running)


def inputs_of(workspace: Workspace, published: duckdb.DuckDBPyConnection, quarter: Quarter) -> dict[str, Any]:
    """What a quarter's marts were made from, in short."""
    counted = published.execute(EXPORTS, [str(quarter)])
    names = [name for name, *_ in counted.description or []]
    counts = counted.fetchone() or [0] * len(names)
    project = workspace.dbt_project
    return {
        "decisions": [
            [row["decided_on"].isoformat(), fingerprint_of(row)]
            for row in workspace.lake.read(("operator", "overrides")).to_pylist()
        ],
        "registries": {source: as_of.isoformat() for source, as_of in published.execute(REGISTRIES).fetchall()},
        "exports": {name: int(count or 0) for name, count in zip(names, counts, strict=True)},
        "settings": {name: workspace.lake.fingerprint(("operator", name)) for name in SETTINGS},
        "reviewed_data": {path.stem: _short(path) for path in sorted((project / "seeds").glob("*.csv"))},
        "platform": {
            part: fingerprint_of([_short(path) for path in sorted((project / part).rglob("*.sql"))])
            for part in ("macros", "models")
        },
    }


def _short(path: Path) -> str:
    return sha256_of_file(path)[:32]


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The asset reports/editions, by quarter."""

    @dg.asset(
        key=KEY,
        deps=[PUBLISHED_MARTS],
        partitions_def=workspace.calendar.quarters,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="reports",
        kinds={"json"},
        description="What was published of the quarter, numbered and dated, and what the newest edition restates.",
    )
    def editions(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        quarters = [Quarter.parse(key) for key in context.partition_keys]
        with OneRun(workspace.warehouse).held(f"run {context.run_id}", context.log.warning):
            newest = make_editions(workspace, quarters, datetime.now(UTC).date())
        made = {str(quarter): edition.number for quarter, edition in newest.items()}
        yield dg.MaterializeResult(metadata={"editions": made}, data_version=dg.DataVersion(fingerprint_of(made)))

    return [editions]
