"""The folder of a quarter's report: drawn, written beside its place, and put there whole.

Belongs here: which files a bundle has and how it takes its place. Does not belong here: what they say.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from assets.ground.browser import found_chromium
from assets.ground.unfinished import replacing_folder
from assets.reports.charts import _comparison, _confidence, _editions, _headline, _quality
from assets.reports.charts._chart import NamedChart, find_charts, rows_of
from assets.reports.charts._citation import citation_of
from assets.reports.charts._compared_files import files_of, told_of
from assets.reports.charts._comparison import read_comparison
from assets.reports.charts._confidence import read_confidence
from assets.reports.charts._downloads import downloads_of
from assets.reports.charts._editions import read_editions
from assets.reports.charts._explored import explored_data
from assets.reports.charts._footer import error_in_words, footer_of
from assets.reports.charts._headline import headlines
from assets.reports.charts._marts import Marts
from assets.reports.charts._page import COMPARISON, SCRIPT, Contents, DrawnChart, pages, specification
from assets.reports.charts._pictures import Pictured, drawing
from assets.reports.charts._quality import checks_sql, read_quality
from assets.reports.charts._report import Report
from assets.reports.charts._report_marts import read_report
from assets.reports.charts._trace import command, trace_of

# The column of marts that tells the sampling error of a cell.
ERROR = "relative_standard_error"


@dataclass(frozen=True)
class ChartSummary:
    """One chart of a bundle: its name, finding, page and data (paths in the bundle), number of rows."""

    name: str
    title: str
    page: str
    data: str
    rows: int


@dataclass(frozen=True)
class BundleSummary:
    """What was written: the folder, its files and bytes, the charts, and the figures on top in words."""

    folder: Path
    quarter: str
    is_simulated: bool
    is_partial: bool
    charts: tuple[ChartSummary, ...]
    headlines: tuple[str, ...]
    files: int
    size_bytes: int
    has_pictures: bool


def render_bundle(database: Path, quarter: str, folder: Path) -> BundleSummary:
    """Render a quarter's report from the marts of a published database; the folder is replaced as a whole.

    The same database gives the same bytes. ChartError (a ValueError) names the mart, column or
    quarter that is not there; nothing is written then.
    """
    with Marts(database) as marts:
        contents = _contents(marts, quarter)
        comparison = files_of(told_of(marts, contents.report), COMPARISON, "index.html")
    files = {**_files(contents), **comparison}
    _replace(folder, files)
    return BundleSummary(
        folder=folder,
        quarter=quarter,
        is_simulated=contents.report.is_simulated,
        is_partial=contents.report.window.is_partial,
        charts=tuple(_summary(chart) for chart in contents.charts),
        headlines=tuple(headline.sentence for headline in contents.headlines),
        files=len(files),
        size_bytes=sum(len(content) for content in files.values()),
        has_pictures=contents.has_pictures,
    )


def _contents(marts: Marts, quarter: str) -> Contents:
    report = read_report(marts, quarter)
    comparison, editions = read_comparison(marts, report), read_editions(marts, report)
    return Contents(
        report=report,
        footer=footer_of(report),
        headlines=headlines(marts, report, comparison, editions),
        charts=tuple(_drawn(marts, report, named) for named in find_charts()),
        comparison=comparison,
        confidence=read_confidence(marts, report),
        quality=read_quality(marts, report),
        editions=editions,
        commands=_commands(report),
        has_pictures=found_chromium() is not None,
        citation=citation_of(report, editions),
        explored=explored_data(marts, report),
    )


def _commands(report: Report) -> tuple[tuple[str, str], ...]:
    """The queries of everything on the page that is not a chart."""
    queries = (
        ("Headline figures: share groups", _headline.GROUPS_SQL),
        ("Headline figures and errors: network types", _confidence.TYPES_SQL),
        ("Classification of networks, weighted by bits", _confidence.RULES_SQL),
        ("Quarter over quarter", _comparison.SQL),
        ("Errors of region and type", _confidence.CELLS_SQL),
        ("Editions", _editions.EDITIONS_SQL),
        ("As published beside restated", _editions.RESTATED_SQL),
        ("What was checked", checks_sql(report)),
        ("What was left out", _quality.SET_APART_SQL),
    )
    return tuple((name, command(" ".join(sql.format(quarter=report.quarter).split()))) for name, sql in queries)


def _drawn(marts: Marts, report: Report, named: NamedChart) -> DrawnChart:
    rows = rows_of(marts, named.chart, report)
    drawing = named.chart.draw(report, rows) if rows else None
    errors = [error for row in rows if (error := row.values.get(ERROR)) is not None]
    footer = replace(
        footer_of(report, named.chart.window(report)),
        error=error_in_words([float(error) for error in errors if isinstance(error, float)]),
    )
    return DrawnChart(named, drawing, trace_of(named, report), footer)


def _files(contents: Contents) -> dict[str, bytes]:
    """Every file of the bundle by its path."""
    from plotly.offline import get_plotlyjs

    is_simulated = contents.report.is_simulated
    with drawing() if contents.has_pictures else nullcontext() as draw:
        files = {path: page.encode() for path, page in pages(contents)}
        files[SCRIPT] = get_plotlyjs().encode()
        for chart in contents.charts:
            if chart.drawing:
                files |= downloads_of(chart.slug, chart.drawing, chart.footer, is_simulated=is_simulated)
        if draw is not None:
            files |= draw(_pictured(contents))
    return files


def _pictured(contents: Contents) -> Iterator[Pictured]:
    name = f"{contents.report.operator} · Network Stats {contents.report.window.spoken}"
    for chart in contents.charts:
        if chart.drawing:
            described = specification(chart.drawing, is_simulated=contents.report.is_simulated)
            subtitle = f"{chart.drawing.subtitle}. Unit: {chart.drawing.units}."
            yield Pictured(chart.slug, described, chart.title, subtitle, f"{name} · {chart.heading}", chart.footer)


def _summary(chart: DrawnChart) -> ChartSummary:
    rows = len(chart.drawing.data.rows) if chart.drawing else 0
    return ChartSummary(chart.name, chart.title, f"charts/{chart.slug}.html", chart.data["csv"] if rows else "", rows)


def _replace(folder: Path, files: dict[str, bytes]) -> None:
    """Write files into a folder of which nothing is seen before all of them are written."""
    with replacing_folder(folder) as writing:
        for path, content in files.items():
            file = writing / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
