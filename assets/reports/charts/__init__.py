"""The publishable report of a quarter: charts found by name, drawn from the marts into static pages."""

from assets.reports.charts._bundle import BundleSummary, ChartSummary, render_bundle
from assets.reports.charts._chart import (
    IS_SIMULATED,
    MOST_ROWS,
    NamedChart,
    Table,
    as_written,
    find_charts,
    named,
)
from assets.reports.charts._compared_files import comparison_files
from assets.reports.charts._marts import ChartError
from assets.reports.charts._quarters_index import quarters_page
from assets.reports.charts._terminal import quarter_table
from assets.reports.charts._units import WITHHELD, bits, percent
from assets.reports.charts._words import inside, listed, opening, seen

__all__ = [
    "IS_SIMULATED",
    "MOST_ROWS",
    "WITHHELD",
    "BundleSummary",
    "ChartError",
    "ChartSummary",
    "NamedChart",
    "Table",
    "as_written",
    "bits",
    "comparison_files",
    "find_charts",
    "inside",
    "listed",
    "named",
    "opening",
    "percent",
    "quarter_table",
    "quarters_page",
    "render_bundle",
    "seen",
]
