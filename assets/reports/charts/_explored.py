"""What the page to explore holds: cells of published marts, each under the columns that its mart is cut by.

Belongs here: which marts, what they are cut by, what they measure, and reading them. Does not belong here: how a choice
becomes a table, a figure and a statement (templates/explore.js), or the page (_page).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assets.reports.charts._marts import Marts, Row
from assets.reports.charts._report import Report
from assets.reports.charts._theme import described, empty_figure
from assets.reports.charts._words import month_name, readable, seen

WITHHELD = "withheld"
TOGETHER = "Withheld, told together"


@dataclass(frozen=True)
class Dimension:
    """What cells can be told apart by: its columns name a member, `named_by` are those that a reader sees."""

    name: str
    label: str
    columns: tuple[str, ...]
    named_by: tuple[str, ...]
    is_filter: bool = False


@dataclass(frozen=True)
class Measure:
    """A number of a cell; `unit` is how explore.js writes it. Only what `is_additive` is ever added up."""

    name: str
    label: str
    unit: str
    is_additive: bool = False


@dataclass(frozen=True)
class Cut:
    """A mart whose rows are cells: each has its own value in these dimensions.

    `condition`: which of its rows a page may tell; what is left is no whole, and never added up.
    """

    mart: str
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    condition: str = ""


@dataclass(frozen=True)
class Cells:
    """The rows of a cut for one quarter: values of `columns`, whether it is suppressed, values of `measures`."""

    mart: str
    columns: tuple[str, ...]
    measures: tuple[str, ...]
    condition: str
    rows: tuple[tuple[object, ...], ...]

    def members(self, column: str) -> set[object]:
        place = self.columns.index(column) if column in self.columns else None
        return set() if place is None else {row[place] for row in self.rows}


DIMENSIONS = (
    Dimension("network_type", "Network type", ("network_type",), ("network_type",), is_filter=True),
    Dimension("region", "Region", ("region",), ("region",), is_filter=True),
    Dimension("direction", "Direction", ("direction",), ("direction",), is_filter=True),
    Dimension("month", "Month", ("month",), ("month",), is_filter=True),
    Dimension("metro", "Metro", ("region", "metro", "metro_source"), ("metro", "region", "metro_source")),
    Dimension("connectivity", "Connectivity", ("connectivity",), ("connectivity",)),
    Dimension("ip_version", "IP version", ("ip_version",), ("ip_version",)),
    Dimension("network", "Network", ("network_type", "network_key", "name"), ("name", "network_key")),
    Dimension("cloud", "Cloud and its region", ("provider", "cloud_region", "name"), ("name", "cloud_region")),
    Dimension("country", "Country", ("country",), ("country",)),
)
MEASURES = (
    Measure("bits", "Traffic", "bit", is_additive=True),
    Measure("share_of_bits", "Share of traffic", "share"),
    Measure("unique_ips", "Unique addresses", "count"),
    Measure("magnitude", "Magnitude", "bit/IP"),
    Measure("bits_per_second_average", "Average rate", "bit/s"),
    Measure("bits_per_second_p95", "95th percentile of rates", "bit/s"),
    Measure("bits_per_second_max", "Largest rate of 5 minutes", "bit/s"),
    Measure("relative_standard_error", "Sampling error", "share"),
    Measure("persistent_share_of_bits", "Share of persistent addresses in traffic", "share"),
    Measure("new_ips", "New addresses", "count"),
    Measure("returning_ips", "Returning addresses", "count"),
    Measure("top_10_share", "Share of the ten largest networks", "share"),
)
OF_CELLS = tuple(measure.name for measure in MEASURES[:8])
# Told apart by who does not see all colours (Okabe and Ito), for members that have no colour of their own.
COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#b8a900", "#8a8a8a"]
# Of marts with the same numbers, those with fewer dimensions first.
CUTS = (
    Cut("network_type_quarterly", ("network_type",), OF_CELLS),
    Cut("persistence_quarterly", ("network_type",), ("persistent_share_of_bits",)),
    Cut("country_quarterly", ("country",), OF_CELLS),
    # The name of a link names its router.
    Cut("network_quarterly", ("network",), OF_CELLS, "not starts_with(network_key, 'link:')"),
    Cut("cross_cloud_quarterly", ("cloud",), OF_CELLS),
    Cut("network_type_monthly", ("month", "network_type"), OF_CELLS),
    Cut("new_addresses_monthly", ("month", "network_type"), ("new_ips", "returning_ips")),
    Cut("region_network_type_quarterly", ("region", "network_type"), OF_CELLS),
    Cut("concentration_quarterly", ("region", "network_type"), ("top_10_share",)),
    Cut("ip_version_monthly", ("month", "network_type", "ip_version"), OF_CELLS),
    Cut("metro_quarterly", ("metro",), OF_CELLS),
    Cut("metro_network_type_quarterly", ("metro", "network_type"), OF_CELLS),
    Cut("traffic_flow_quarterly", ("direction", "region", "network_type"), OF_CELLS),
    Cut("connectivity_quarterly", ("direction", "region", "network_type", "connectivity"), OF_CELLS),
)


def explored_data(marts: Marts, report: Report) -> str:
    """The cells of a quarter and what they are called, as JSON; marts without a row of it are left out."""
    cuts = [cells for cells in (_read(marts, report.quarter, cut) for cut in CUTS) if cells.rows]
    figure = empty_figure(400).update_layout(colorway=COLOURS)
    content = {
        "layout": described(figure, is_simulated=report.is_simulated)["layout"],
        "quarter": report.quarter,
        "dimensions": [vars(one) for one in DIMENSIONS],
        "measures": [vars(one) for one in MEASURES],
        "cuts": [vars(one) for one in cuts],
        "labels": _labels(report, cuts),
        "order": {
            "network_type": [one.network_type for one in report.network_types],
            "region": [one.region for one in report.regions],
        },
        "colours": {one.network_type: one.colour for one in report.network_types},
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


def _read(marts: Marts, quarter: str, cut: Cut) -> Cells:
    by_name = {one.name: one for one in DIMENSIONS}
    columns = tuple(dict.fromkeys(column for name in cut.dimensions for column in by_name[name].columns))
    selected = (*columns, "is_suppressed", *cut.measures)
    told = f" and {cut.condition}" if cut.condition else ""
    rows = marts.rows(
        f"select {', '.join(selected)} from marts.{cut.mart} where quarter = '{quarter}'{told} order by all"
    )
    values = tuple(tuple(_written(row, column) for column in selected) for row in rows)
    return Cells(cut.mart, columns, cut.measures, cut.condition, values)


def _written(row: Row, column: str) -> object:
    """A value as JSON keeps it; amounts of bits are larger than what a script's numbers hold exactly."""
    value = row.values[column]
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _labels(report: Report, cuts: Sequence[Cells]) -> dict[str, dict[str, str]]:
    """What a reader sees for a value, by its column; of other names every character."""
    columns = {column for cells in cuts for column in cells.columns}
    members = {column: {one for cells in cuts for one in cells.members(column)} for column in columns}
    texts = {column: {one: seen(one) for one in found if isinstance(one, str)} for column, found in members.items()}
    known = {
        "network_type": {one.network_type: seen(one.label) for one in report.network_types},
        "region": {one.region: seen(one.label) for one in report.regions},
        "month": {month: _spoken(date.fromisoformat(month)) for month in texts.get("month", ())},
        "direction": {way: readable(way) for way in texts.get("direction", ())},
        "connectivity": {kind: readable(kind) for kind in texts.get("connectivity", ())},
        "metro_source": {"interconnect_site": "", "cloud_region": "a cloud's own region"},
    }
    return {column: {**of_column, WITHHELD: TOGETHER, **known.get(column, {})} for column, of_column in texts.items()}


def _spoken(month: date) -> str:
    return f"{month_name(month)} {month.year}"
