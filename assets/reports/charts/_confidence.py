"""How sure the report is: coverage, sampling error of each type and cell, and what was left unclassified.

Belongs here: measures of doubt, and what the data cannot tell. Does not belong here: verdicts on comparisons.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from assets.reports.charts import _units
from assets.reports.charts._footer import coverage_in_words
from assets.reports.charts._marts import Marts, Row
from assets.reports.charts._report import Report, Window
from assets.reports.charts._words import counted

TYPES_SQL = """
select
    network_type, bits, share_of_bits,
    relative_standard_error, relative_standard_error_upper, is_low_precision
from marts.network_type_quarterly where quarter = '{quarter}' order by bits desc nulls last, network_type
"""
CELLS_SQL = """
select region, network_type, bits, relative_standard_error, relative_standard_error_upper, is_low_precision
from marts.region_network_type_quarterly where quarter = '{quarter}' order by region, network_type
"""
RULES_SQL = """
select network_type, sum(bits) as bits, sum(bits * type_confidence) / sum(bits) as type_confidence
from marts.network_quarterly
where quarter = '{quarter}' and type_confidence is not null and bits > 0
group by network_type
order by network_type
"""
CONFIDENCE = 1.96


@dataclass(frozen=True)
class CoverageLine:
    quarter: str
    days: str
    bins: str
    records: str
    lost: str
    set_aside: str
    remark: str


@dataclass(frozen=True)
class ErrorLine:
    """A type's or cell's bits with their sampling error (lower and upper bound), the margin of 95%, and how often the
    rules that gave its networks their type are right, weighted by bits (empty for cells)."""

    label: str
    bits: str
    error: str
    error_upper: str
    margin: str
    is_low_precision: bool
    classification: str = ""


@dataclass(frozen=True)
class Confidence:
    coverage: tuple[CoverageLine, ...]
    errors: tuple[ErrorLine, ...]
    weak_cells: tuple[ErrorLine, ...]
    summary: tuple[str, ...]
    cannot_tell: tuple[str, ...]


def read_confidence(marts: Marts, report: Report) -> Confidence:
    """Everything that the panel "How sure are we" shows."""
    types = marts.rows(TYPES_SQL.format(quarter=report.quarter))
    cells = marts.rows(CELLS_SQL.format(quarter=report.quarter))
    rules = marts.rows(RULES_SQL.format(quarter=report.quarter))
    right = {row.text("network_type"): _units.percent(row.number("type_confidence")) for row in rules}
    windows = [report.window, *([report.previous] if report.previous else [])]
    return Confidence(
        coverage=tuple(_coverage(window) for window in windows),
        errors=tuple(_error_of_type(report, row, right) for row in types),
        weak_cells=tuple(_error(_cell_name(report, row), row) for row in cells if row.flag("is_low_precision")),
        summary=_summary(report, types, cells, rules),
        cannot_tell=_cannot_tell(report),
    )


def _coverage(window: Window) -> CoverageLine:
    return CoverageLine(
        quarter=window.spoken,
        days=window.days,
        bins=f"{window.bins_present:,} of {window.bins_expected:,}",
        records=f"{window.records_received:,} of {window.records_expected:,}",
        lost=f"{window.records_lost:,}{' (estimated)' if window.is_lost_estimated else ''}",
        set_aside=_set_aside(window),
        remark=window.why_partial or "observed in whole",
    )


def _set_aside(window: Window) -> str:
    """What came but could not be read."""
    files, datagrams = (
        counted(window.files_quarantined, "file"),
        counted(window.malformed_datagrams, "datagram"),
    )
    return f"{files}, {datagrams}, {counted(window.undecoded_sets, 'undecoded set')}"


def _error(label: str, row: Row) -> ErrorLine:
    error, upper = (
        row.number_or_none("relative_standard_error"),
        row.number_or_none("relative_standard_error_upper"),
    )
    bits = row.number_or_none("bits")
    return ErrorLine(
        label=label,
        bits=_units.WITHHELD if bits is None else _units.bits(bits),
        error=_small_percent(error),
        error_upper=_small_percent(upper),
        margin=_units.NO_VALUE if error is None or bits is None else f"± {_units.bits(CONFIDENCE * error * bits)}",
        is_low_precision=row.flag("is_low_precision"),
    )


def _error_of_type(report: Report, row: Row, right: Mapping[str, str]) -> ErrorLine:
    """A type's errors: what sampling may be off by, and how often its networks are what they are taken for."""
    kind = row.text("network_type")
    return replace(
        _error(report.network_type(kind).label, row),
        classification=right.get(kind, _units.NO_VALUE),
    )


def _small_percent(error: float | None) -> str:
    """An error as "0.12%"; one that would round to nothing is "<0.01%", and no value is none."""
    if error is None:
        return _units.NO_VALUE
    return "<0.01%" if 0 < error < 0.00005 else f"{error:.2%}"


def _cell_name(report: Report, row: Row) -> str:
    return f"{report.network_type(row.text('network_type')).label} in {report.region(row.text('region')).label}"


def _summary(report: Report, types: Sequence[Row], cells: Sequence[Row], rules: Sequence[Row]) -> tuple[str, ...]:
    sentences = [f"Coverage: {coverage_in_words(report.window)}."]
    errors = [error for row in cells if (error := row.number_or_none("relative_standard_error")) is not None]
    if errors:
        sentences.append(
            f"Sampling error of {counted(len(errors), 'cell')} of region and type: "
            f"median {_small_percent(median(errors))}, largest {_small_percent(max(errors))} "
            "(relative standard error, lower bound)."
        )
    sentences += _classification(types, rules)
    weak = sum(row.flag("is_low_precision") for row in cells)
    sentences.append(f"{counted(weak, 'cell is', 'cells are')} of low precision: 1.96 times the error is over 10%.")
    withheld = [row for row in cells if row.number_or_none("bits") is None]
    if withheld:
        sentences.append(
            f"{counted(len(withheld), 'cell is', 'cells are')} withheld: too few addresses stand for them, or for what "
            "lies beside them; they are told together."
        )
    sentences.append(
        f"{_unclassified_share(types)} of bits belong to peers that no rule has named, or that fit no type (schools, "
        "governments, companies, exchanges); they are a type of their own."
    )
    return tuple(sentences)


def _classification(types: Sequence[Row], rules: Sequence[Row]) -> list[str]:
    """The error that sampling does not tell: a network that is taken for what it is not."""
    typed = sum(row.number("bits") for row in rules)
    whole = sum(row.number_or_none("bits") or 0.0 for row in types)
    if not typed or not whole:
        return []
    right = sum(row.number("bits") * row.number("type_confidence") for row in rules) / typed
    return [
        f"Classification error comes on top: of the bits of networks that are told with a type "
        f"({_units.percent(typed / whole)} of all), {_units.percent(right)} are expected to have the right one; each "
        "rule counts with the part of labelled networks for which it was right, or is assumed to be."
    ]


def _unclassified_share(types: Sequence[Row]) -> str:
    unclassified = [row for row in types if row.text("network_type") == "unclassified"]
    share = unclassified[0].number_or_none("share_of_bits") if unclassified else 0.0
    return "A share that is withheld" if share is None else _units.percent(share)


def _cannot_tell(report: Report) -> tuple[str, ...]:
    """What no number in this report can answer, beginning with what this quarter itself leaves open."""
    sentences = []
    if report.window.is_partial:
        sentences.append(f"What happened outside the observed days: this quarter is {report.window.why_partial}.")
    if report.previous is None:
        sentences.append("Any change: there is no earlier quarter to compare with.")
    elif report.previous.is_partial:
        sentences.append(f"What {report.previous.spoken} looked like in whole: it is {report.previous.why_partial}.")
    if report.previous is not None:
        sentences.append("Whether a difference is a trend: two quarters make one pair.")
    return (
        *sentences,
        "Why a network type clusters in a region: supply of accelerators and a customer's choice look alike.",
        "Whether bits served training or inference: flow records have no content and no purpose.",
        "Whose decision a shift was: the customer's, the network's or ours.",
        "How many people or machines stand behind an address: translation hides many behind one.",
        "What the quietest addresses would have shown: packet sampling misses them more often.",
    )
