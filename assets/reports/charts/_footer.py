"""The provenance that stands under every figure: window, coverage, sampling, sources, simulated or not.

Belongs here: words about where a figure's numbers come from. Does not belong here: what the figure says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from assets.reports.charts import _units
from assets.reports.charts._report import Report, Source, Window
from assets.reports.charts._words import listed

WEB = ("https://", "http://")


@dataclass(frozen=True)
class Credit:
    """A visible credit that a licence asks for; `address` is empty where there is nothing safe to link to."""

    text: str
    address: str


@dataclass(frozen=True)
class Footer:
    """The provenance of a quarter's figures as lines of text."""

    window: str
    coverage: str
    sampling: str
    sources: str
    credits: tuple[Credit, ...]
    simulated: str
    error: str = ""

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """Each line with its name, in the order in which a reader asks."""
        lines = (
            ("Window", self.window),
            ("Coverage", self.coverage),
            ("Sampling", self.sampling),
            *((("Error", self.error),) if self.error else ()),
            ("Sources", self.sources),
        )
        return (*lines, ("Simulated", self.simulated)) if self.simulated else lines


def footer_of(report: Report, window: Window | None = None) -> Footer:
    """The footer of a report's figures; `window` is that of a figure which shows other days than the quarter's."""
    window = window or report.window
    return Footer(
        window=_window(window),
        coverage=coverage_in_words(window),
        sampling=sampling_in_words(report) + ("" if window == report.window else f", in {report.window.spoken}"),
        sources=_sources(report),
        credits=tuple(credit for source in report.sources for credit in _credit(source)),
        simulated=simulated_in_words(report) if report.is_simulated else "",
    )


def error_in_words(errors: Sequence[float]) -> str:
    """The sampling error of a chart's cells: relative standard errors of bits, 0.01 is 1%; empty without any."""
    if not errors:
        return ""
    middle, largest = (f"{error:.2%}" if error >= 0.00005 else "<0.01%" for error in (median(errors), max(errors)))
    return f"relative standard error of sampling, median {middle}, largest {largest}"


def simulated_in_words(report: Report) -> str:
    """The sentence of the banner on every page of a simulated operator."""
    return f"{report.operator} is a simulated operator. Its exports are real datagrams, its traffic is invented."


def _window(window: Window) -> str:
    text = f"{window.observed_from.isoformat()} to {window.ended_on.isoformat()} UTC, {window.days}"
    return f"{text} ({window.why_partial})" if window.is_partial else text


def coverage_in_words(window: Window) -> str:
    """Records and 5-minute bins received of those expected."""
    records, bins = window.share_of_records, window.share_of_bins
    parts = []
    if records is not None:
        parts.append(f"{_of_nearly_all(records)} of expected flow records ({_lost(window)})")
    if bins is not None:
        parts.append(f"{_of_nearly_all(bins)} of 5-minute bins")
    return ", ".join(parts) or "not known"


def _lost(window: Window) -> str:
    """Lost records; where packets or datagrams were counted instead of records, an estimate that says so."""
    is_estimate = window.is_lost_estimated and window.records_lost
    return f"{window.records_lost:,} lost{', estimated' if is_estimate else ''}"


def _of_nearly_all(share: float) -> str:
    """A share near one with the digits that matter; only what is whole is written as 100%."""
    if share == 1:
        return "100%"
    return f"{min(share, 0.99999):.3%}" if share > 0.999 else f"{share:.1%}"


def sampling_in_words(report: Report) -> str:
    """The mix of sampling intervals by the bits that were measured with each."""
    parts = [
        f"{_units.one_in(part.sampling_interval)} packets ({_units.or_withheld('share_', part.share_of_bits)} of bits)"
        for part in report.sampling
    ]
    return listed(parts) or "not known"


def _sources(report: Report) -> str:
    sources = [
        f"{source.title} ({source.producer}; as of {source.as_of.isoformat()}; {source.licence})"
        if source.as_of
        else f"{source.title} ({source.producer}; {source.licence})"
        for source in report.sources
    ]
    return "; ".join(["flow exports of the operator's own routers", *sources])


def _credit(source: Source) -> tuple[Credit, ...]:
    if not source.visible_credit:
        return ()
    return (Credit(source.visible_credit, web_address(source.visible_credit_address or "")),)


def web_address(address: str) -> str:
    """An address that may stand in a link; anything that is not the web's gives no link."""
    return address if address.startswith(WEB) else ""
