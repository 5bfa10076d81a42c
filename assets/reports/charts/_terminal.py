"""The quarter on a terminal: share groups and types beside the quarter before, with verdicts.

Belongs here: what `make demo` and the command line show. Does not belong here: printing it.
"""

from pathlib import Path

from rich.console import Group
from rich.markup import escape
from rich.table import Table as RichTable
from rich.text import Text

from assets.reports.charts import _units
from assets.reports.charts._comparison import Compared, ComparedMeasure, read_comparison
from assets.reports.charts._editions import Editions, read_editions
from assets.reports.charts._footer import footer_of
from assets.reports.charts._headline import TYPES_SQL, headlines
from assets.reports.charts._marts import Marts, Row
from assets.reports.charts._report import Report
from assets.reports.charts._report_marts import read_report

COLUMNS = ("bits", "share_of_bits", "unique_ips", "magnitude")
LEVEL_STYLES = {1: "red", 2: "yellow", 3: "yellow", 4: "cyan", 5: "green"}


def quarter_table(database: Path, quarter: str) -> Group:
    """A rich renderable of a quarter: headlines, shares with verdicts, and the numbers of each type."""
    with Marts(database) as marts:
        report = read_report(marts, quarter)
        comparison, editions = read_comparison(marts, report), read_editions(marts, report)
        types = marts.rows(TYPES_SQL.format(quarter=quarter))
        tops = headlines(marts, report, comparison, editions)
    heading = Text.assemble((f"Network Stats {report.window.spoken}", "bold"), f"  {report.operator}")
    if report.is_simulated:
        heading.append("  SIMULATED", style="bold magenta")
    parts: list[Text | RichTable] = [heading, Text(f"Window {footer_of(report).window}", style="dim")]
    parts += [Text(sentence, style="dim") for sentence in editions.sentences]
    parts += [
        Text.assemble("  ", (top.number, "bold"), f" {top.name}", (f", {top.after}" if top.after else "", "dim"))
        for top in tops
    ]
    shares = next((measure for measure in comparison if measure.metric == "share_of_bits"), None)
    if shares:
        parts.append(_share_table(report, shares))
    parts.append(_type_table(report, types))
    parts += _restated(editions)
    return Group(*parts)


def _share_table(report: Report, shares: ComparedMeasure) -> RichTable:
    before = report.previous.spoken if report.previous else "before"
    caution = f" ({report.previous.why_partial})" if report.previous and report.previous.is_partial else ""
    table = RichTable(title=f"Share of traffic, {report.window.spoken} beside {before}{caution}", title_justify="left")
    table.add_column("")
    for column in (report.window.spoken, before, "difference"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("verdict")
    for row in shares.rows:
        if row.dimension in {"share_group", "network_type"}:
            name = Text(row.label, style="bold" if row.dimension == "share_group" else "")
            table.add_row(name, row.value_text, row.previous_text, row.difference_text, _verdict(row))
    return table


def _restated(editions: Editions) -> list[Text | RichTable]:
    """What the newest edition restates, as published beside restated."""
    tables: list[Text | RichTable] = []
    for restatement in (one for one in editions.restatements if one.number == editions.newest):
        tables += [Text(f"Changed: {cause}") for cause in restatement.changed]
        table = RichTable(title=f"Restated since {restatement.before}", title_justify="left")
        for heading in ("", "measure"):
            table.add_column(heading)
        for heading in ("as published", "restated", "difference"):
            table.add_column(heading, justify="right", no_wrap=True)
        for row in restatement.rows:
            table.add_row(escape(row.label), row.measure, row.before, row.now, row.difference)
        tables += [table] if restatement.rows else []
        tables += [Text(restatement.note)] if restatement.note else []
    return tables


def _verdict(row: Compared) -> Text:
    return Text(f"{row.level}/5 {row.verdict}", style=LEVEL_STYLES.get(row.level, ""))


def _type_table(report: Report, types: list[Row]) -> RichTable:
    table = RichTable(title=f"Network types, {report.window.spoken}", title_justify="left")
    table.add_column("")
    for column in ("bits", "share", "unique IPs", "magnitude"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in types:
        table.add_row(
            escape(report.network_type(row.text("network_type")).label),
            *(_units.or_withheld(column, row.number_or_none(column)) for column in COLUMNS),
        )
    return table
