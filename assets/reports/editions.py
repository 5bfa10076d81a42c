"""reports/editions: a quarter's edition, made with its report if that tells something else than the last one did.

Belongs here: when an edition is made, and its number. Does not belong here: what it is made from (edition_inputs),
keeping and comparing editions (assets.warehouse.editions).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

import dagster as dg
import duckdb

from assets.ground.lake import fingerprint_of
from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.reports.edition_inputs import inputs_of
from assets.warehouse.database import OneRun
from assets.warehouse.editions.causes import what_changed
from assets.warehouse.editions.figures import Figures, read_figures
from assets.warehouse.editions.kept import Edition, editions_folder, editions_of, keep
from assets.warehouse.editions.made_from import kept_rows
from assets.warehouse.editions.numbers import newest_made, note_made
from assets.warehouse.editions.restating import differing
from assets.warehouse.published_marts import KEY as PUBLISHED_MARTS
from assets.warehouse.published_marts import publish_editions

KEY = dg.AssetKey(["reports", "editions"])
# Flows that ended in the quarter are exported until the day after it.
LAST_EXPORTS = timedelta(days=1)


def make_editions(workspace: Workspace, quarters: Sequence[Quarter], today: date) -> dict[Quarter, Edition]:
    """Make the editions that are due, publish them, and return the newest one of each quarter."""
    newest = {quarter: _newest_edition(workspace, quarter, today) for quarter in quarters}
    publish_editions(workspace.published)
    return newest


def _newest_edition(workspace: Workspace, quarter: Quarter, today: date) -> Edition:
    folder = editions_folder(workspace.published)
    before = editions_of(folder, str(quarter))
    made = newest_made(workspace.published, str(quarter), before)
    # A clock that was set back makes no edition older than the last one, and lets no quarter run that ended.
    day = max(today, made.published_on) if made else today
    is_running = not has_ended(quarter, day) and (made is None or made.is_running)
    with duckdb.connect(workspace.published, read_only=True) as published:
        figures = read_figures(published, str(quarter))
        inputs = inputs_of(workspace, published, quarter, day)
    if figures is None:
        raise dg.Failure(f"the published marts hold nothing of {quarter}; run `netstats build` over its days first")
    lost = [*range(before[-1].number + 1 if before else 1, made.number + 1)] if made else []
    if before and not lost and not is_due(before[-1], figures, is_running=is_running):
        note_made(workspace.published, before[-1])
        return before[-1]
    changed = what_changed(before[-1].inputs, inputs, partial(kept_rows, folder)) if before else ()
    said = tuple(f"edition {number} is not kept any more" for number in lost)
    number = made.number + 1 if made else 1
    edition = Edition(str(quarter), number, day, is_running, figures, inputs, said + changed, inputs["exports"]["days"])
    keep(folder, edition)
    note_made(workspace.published, edition)
    return edition


def has_ended(quarter: Quarter, today: date) -> bool:
    """Whether a quarter and the day of its last exports are over."""
    return today > quarter.ended_on + LAST_EXPORTS


def ran_when_reported(workspace: Workspace, quarter: Quarter) -> bool:
    """Whether the newest edition of a quarter was made while it ran."""
    editions = editions_of(editions_folder(workspace.published), str(quarter))
    return bool(editions) and editions[-1].is_running


def is_due(last: Edition, figures: Figures, *, is_running: bool) -> bool:
    """Whether a report tells something else than the last edition, or is the first since the quarter ended."""
    return bool(differing(last.figures, figures)) or (last.is_running and not is_running)


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
        with OneRun(workspace.warehouse).held(f"run {context.run.run_id}", context.log.warning):
            newest = make_editions(workspace, quarters, datetime.now(UTC).date())
        made = {str(quarter): edition.number for quarter, edition in newest.items()}
        yield dg.MaterializeResult(metadata={"editions": made}, data_version=dg.DataVersion(fingerprint_of(made)))

    return [editions]
