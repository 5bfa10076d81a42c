"""reports/quarter_comparison: a quarter beside the one before, as rows and as sentences that a writer can quote.

Belongs here: choosing and wording the comparison. Does not belong here: computing it (mart quarter_over_quarter).
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import duckdb
from dagster_duckdb import DuckDBResource

from assets.ground.lake import fingerprint_of, replacing
from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.warehouse.published_marts import KEY as PUBLISHED_MARTS
from assets.warehouse.published_marts import published_quarters

KEY = dg.AssetKey(["reports", "quarter_comparison"])
COMPARISON = """
select metric, dimension, member, quarter, previous_quarter, value, previous_value, difference, verdict, level, reasons
from marts.quarter_over_quarter
where quarter = ?
order by metric, dimension, member
"""
LABELS = "select network_type, label from marts.network_types order by position"
GROUPS = """
select share_group, label, network_type
from marts.share_groups
where coalesce(valid_from, date '0001-01-01') <= $ended_on and coalesce(valid_to, date '9999-12-31') >= $ended_on
"""


def compare(
    published: duckdb.DuckDBPyConnection, quarter: Quarter
) -> tuple[list[str], list[tuple[Any, ...]], list[str]]:
    """The columns and rows of a quarter's comparison, and its sentences; both empty where no quarter is before it."""
    names = _names(published, quarter)
    found = published.execute(COMPARISON, [str(quarter)])
    columns = [name for name, *_ in found.description or []]
    rows = found.fetchall()
    sentences = [_sentence(dict(zip(columns, row, strict=True)), names) for row in rows]
    return columns, rows, [sentence for sentence in sentences if sentence]


def _names(database: duckdb.DuckDBPyConnection, quarter: Quarter) -> dict[tuple[str, str], str]:
    """What types and share groups are called; a group of several types is defined, one of one type has no name here."""
    # Charts take their time to import.
    from assets.reports.charts import inside, listed, opening

    labels = dict(database.execute(LABELS).fetchall())
    groups: dict[tuple[str, str], set[str]] = {}
    for group, label, kind in database.execute(GROUPS, {"ended_on": quarter.ended_on}).fetchall():
        groups.setdefault((group, label), set()).add(kind)
    defined = {
        (
            "share_group",
            group,
        ): f"{opening(label)} ({listed([inside(name) for kind, name in labels.items() if kind in of])})"
        for (group, label), of in groups.items()
        if len(of) > 1
    }
    return {**{("network_type", kind): label for kind, label in labels.items()}, **defined}


def _sentence(row: Mapping[str, Any], names: Mapping[tuple[str, str], str]) -> str | None:
    """`Neocloud: 18.4% of traffic in 2025Q4, 19.8% in 2025Q3 (-1.4 points; partial quarter).`"""
    name = names.get((row["dimension"], row["member"]))
    if row["metric"] != "share_of_bits" or name is None:
        return None
    if row["verdict"] == "withheld":
        return f"{name}: withheld in {row['quarter']} or {row['previous_quarter']}."
    if row["value"] is None or row["previous_value"] is None:
        return None
    return (
        f"{name}: {row['value']:.1%} of traffic in {row['quarter']}, {row['previous_value']:.1%} in "
        f"{row['previous_quarter']} ({100 * row['difference']:+.1f} points; {row['verdict']})."
    )


def _csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([";".join(cell) if isinstance(cell, list) else cell for cell in row] for row in rows)
    return text.getvalue()


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The asset reports/quarter_comparison, by quarter."""

    @dg.asset(
        key=KEY,
        deps=[PUBLISHED_MARTS],
        partitions_def=workspace.calendar.quarters,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="reports",
        kinds={"csv"},
        description="The quarter beside the one before: rows with verdict and reasons, and sentences to quote.",
    )
    def quarter_comparison(
        context: dg.AssetExecutionContext, published: DuckDBResource
    ) -> Iterator[dg.MaterializeResult[None]]:
        written: dict[str, int] = {}
        for key in context.partition_keys:
            quarter = Quarter.parse(key)
            if str(quarter) not in published_quarters(workspace.published):
                raise dg.Failure(f"{quarter} is not published; run `netstats build` over its export days first")
            with published.get_connection() as database:
                columns, rows, sentences = compare(database, quarter)
            folder = workspace.state / "comparisons"
            for suffix, text in (
                ("csv", _csv(columns, rows)),
                ("txt", "".join(f"{line}\n" for line in sentences)),
            ):
                with replacing(folder / f"{quarter}.{suffix}") as temporary:
                    temporary.write_text(text, encoding="utf-8")
            written[str(quarter)] = len(rows)
        made_from = published_quarters(workspace.published)
        version = fingerprint_of([made_from[quarter] for quarter in written])
        yield dg.MaterializeResult(
            metadata={"rows": written, "folder": str(workspace.state / "comparisons")},
            data_version=dg.DataVersion(version),
        )

    return [quarter_comparison]
