"""HTML pages of a report: the index and one page for each chart.

Belongs here: putting drawn charts and tables into templates. Does not belong here: words and numbers
(they come made), and files (`_bundle`).
"""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

import jinja2
from markupsafe import Markup

from assets.reports.charts import _units
from assets.reports.charts._chart import Drawing, NamedChart
from assets.reports.charts._citation import Citation
from assets.reports.charts._comparison import ComparedMeasure
from assets.reports.charts._confidence import Confidence
from assets.reports.charts._downloads import data_paths
from assets.reports.charts._editions import Editions
from assets.reports.charts._footer import Footer, web_address
from assets.reports.charts._headline import Headline
from assets.reports.charts._pictures import picture_paths
from assets.reports.charts._quality import Quality
from assets.reports.charts._report import Report
from assets.reports.charts._theme import described
from assets.reports.charts._trace import Trace
from assets.reports.charts._words import counted, inside, listed, opening

SCRIPT = "plotly.min.js"
# What draws the figures of a page.
FIGURES = ("figure.js", "report.js")
EXPLORE = "explore.html"
# How the files of the comparison with the quarter before begin.
COMPARISON = "comparison"


@dataclass(frozen=True)
class DrawnChart:
    """A chart with what it drew; `drawing` is None where its mart has no row for the quarter."""

    named: NamedChart
    drawing: Drawing | None
    trace: Trace
    footer: Footer

    @property
    def name(self) -> str:
        return self.named.name

    @property
    def slug(self) -> str:
        return self.named.slug

    @property
    def heading(self) -> str:
        return self.named.chart.heading

    @property
    def data(self) -> dict[str, str]:
        return data_paths(self.slug)

    @property
    def pictures(self) -> dict[str, str]:
        return picture_paths(self.slug)

    @property
    def title(self) -> str:
        return self.drawing.title if self.drawing else f"{self.heading}: {self.named.chart.none}"


@dataclass(frozen=True)
class Contents:
    """Everything that a report's pages show."""

    report: Report
    footer: Footer
    headlines: tuple[Headline, ...]
    charts: tuple[DrawnChart, ...]
    comparison: tuple[ComparedMeasure, ...]
    confidence: Confidence
    quality: Quality
    editions: Editions
    commands: tuple[tuple[str, str], ...]
    has_pictures: bool
    citation: Citation
    explored: str

    @property
    def groups(self) -> tuple[tuple[str, str], ...]:
        """Groups of more than one type: their names, and what they hold."""
        groups = [group for group in self.report.share_groups if len(group.network_types) > 1]
        return tuple((group.label, self.report.members_of(group.share_group)) for group in groups)


def render(template: str, values: dict[str, object]) -> str:
    """A page that stands beside the bundles."""
    return _environment().get_template(template).render({**values, "root": "", "script": SCRIPT, **_scripted(*FIGURES)})


def index_page(contents: Contents) -> str:
    """The whole report as one page."""
    return _environment().get_template("index.html.j2").render(_shared(contents, root=""))


def chart_page(contents: Contents, chart: DrawnChart) -> str:
    """One chart with its data and provenance, to be linked or embedded."""
    return _environment().get_template("chart.html.j2").render({**_shared(contents, root="../"), "chart": chart})


def explore_page(contents: Contents) -> str:
    """The page on which a reader chooses what to see of the quarter's marts."""
    values = {**_shared(contents, root=""), "explored": _escaped(contents.explored), **_scripted("explore.js")}
    return _environment().get_template("explore.html.j2").render(values)


def _shared(contents: Contents, *, root: str) -> dict[str, object]:
    return {
        "contents": contents,
        "report": contents.report,
        "window": contents.report.window,
        "footer": contents.footer,
        "root": root,
        "script": SCRIPT,
        "comparison_stem": COMPARISON,
        "explore": EXPLORE,
        **_scripted(*FIGURES),
    }


def _scripted(*names: str) -> dict[str, object]:
    """A page's own script, and the policy that lets no other run and nothing be fetched from elsewhere."""
    folder = Path(__file__).parent / "templates"
    text = "\n".join((folder / name).read_text(encoding="utf-8") for name in names)
    hashed = b64encode(sha256(text.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'self' 'sha256-{hashed}'; style-src 'unsafe-inline'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'"
    )
    return {"own_script": Markup(text), "policy": policy}


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("assets.reports.charts", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        by_column=lambda value, column: _units.by_column(column, value),
        listed=listed,
        inside=inside,
        opening=opening,
        web_address=web_address,
        is_number=lambda value: (
            (isinstance(value, int | float) and not isinstance(value, bool)) or hasattr(value, "as_tuple")
        ),
    )
    environment.globals.update(specification=specification, dumbbell=dumbbell, counted=counted)
    return environment


def specification(drawing: Drawing, *, is_simulated: bool) -> Markup:
    """A figure as JSON for a script element: keys sorted, no markup that could end the element."""
    drawn = described(drawing.figure, is_simulated=is_simulated)
    content = {
        "data": drawn["data"],
        "layout": drawn["layout"],
        "narrow": drawing.narrow,
        "dark": drawing.dark,
    }
    return _escaped(json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False))


def _escaped(text: str) -> Markup:
    """JSON without markup that could end its element."""
    escaped = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    # No character is left that could be markup, so that the text may stand in the page as it is.
    return Markup(escaped)


def dumbbell(previous: float | None, value: float | None, greatest: float) -> Markup:
    """A small drawing of a value (full) and the one before (hollow) on a scale from zero to the greatest."""
    width, middle = 132.0, 8.0
    places = [None if number is None else 6 + (width - 12) * number / (greatest or 1.0) for number in (previous, value)]
    parts = [f'<line class="rail" x1="6" x2="{width - 6:.0f}" y1="{middle}" y2="{middle}"/>']
    if places[0] is not None and places[1] is not None:
        parts.append(f'<line class="move" x1="{places[0]:.1f}" x2="{places[1]:.1f}" y1="{middle}" y2="{middle}"/>')
    parts += [
        f'<circle class="{kind}" cx="{place:.1f}" cy="{middle}" r="4.5"/>'
        for kind, place in zip(("then", "now"), places, strict=True)
        if place is not None
    ]
    return Markup(f'<svg class="dumbbell" viewBox="0 0 {width:.0f} 16" aria-hidden="true">{"".join(parts)}</svg>')


def pages(contents: Contents) -> Sequence[tuple[str, str]]:
    """All pages with their paths inside the bundle."""
    single = [(f"charts/{chart.slug}.html", chart_page(contents, chart)) for chart in contents.charts]
    return [("index.html", index_page(contents)), (EXPLORE, explore_page(contents)), *single]
