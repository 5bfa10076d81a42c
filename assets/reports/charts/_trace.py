"""Tracing a number: from a figure back to its query, mart, core tables, and the exports it was measured from.

Belongs here: the steps and what they are called. Does not belong here: queries (each chart has its own).
"""

from dataclasses import dataclass

from assets.reports.charts._chart import NamedChart
from assets.reports.charts._report import Report


@dataclass(frozen=True)
class Trace:
    """The way of one chart's numbers, from the page to the exports."""

    name: str
    heading: str
    command: str
    mart: str
    core_tables: tuple[str, ...]
    export_partitions: str
    event_days: str


def trace_of(named: NamedChart, report: Report) -> Trace:
    """How a reader finds a chart's numbers again."""
    window = named.chart.window(report)
    return Trace(
        name=named.name,
        heading=named.chart.heading,
        command=command(named.chart.query(report)),
        mart=f"marts.{named.chart.mart}",
        core_tables=tuple(f"core.{table}" for table in named.chart.made_from),
        export_partitions=f"export_on={window.observed_from} to export_on={window.last_export_on}",
        event_days=f"{window.observed_from.isoformat()} to {window.ended_on.isoformat()}",
    )


def command(sql: str) -> str:
    """A query as the command that runs it against the published database."""
    return f'netstats query "{sql}"'
