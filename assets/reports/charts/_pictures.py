"""Pictures of figures by a Chromium that is found: stills of the page, and SVG and PNG to be kept and sent.

Belongs here: which pictures there are, their sizes and the words on them. Does not belong here: figures (each chart
has its own), how plotly draws.
"""

import base64
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assets.ground.browser import BrowserPage, open_browser
from assets.reports.charts._footer import Footer
from assets.reports.charts._theme import FONT, INK, MUTED, SIMULATED_COLOUR

TEMPLATES = Path(__file__).parent / "templates"
# Pixels: a figure on the page and on a phone; a whole picture's figure, its margin, and how fine its PNG is.
SIZES = {"wide": 952, "narrow": 350, "whole": 1120, "margin": 40, "scale": 2}
# Each draws in a process of its own.
PAGES = 2
# What plotly writes into every text, what holds without being written, and groups that hold nothing.
OF_TEXTS = re.compile(r"font-family: [^;\"<>]*; | white-space: pre;")
OPAQUE = re.compile(r" ?(?<![\w-])(?:fill-|stroke-)?opacity: 1;")
CLIP = re.compile(r"<clipPath [^>]*?id=\"([^\"]*)\".*?</clipPath>", re.DOTALL)
PLACES = re.compile(r" (?:d|x|y|width|height|transform)=\"[^\"]*\"")
TENTH = re.compile(r"(\.\d)\d+")
NO_STYLE = re.compile(r" style=\" *\"")
TAG = re.compile(r"<([a-zA-Z][\w:-]*)((?: [\w:-]+=\"[^\"]*\")+)(/?)>")
ATTRIBUTE = re.compile(r" [\w:-]+=\"[^\"]*\"")
EMPTY = re.compile(r"<g(?: class=\"[^\"]*\")?(?:/>|></g>)")
# Text and lines in the theme's colours become those of a dark page; cells and areas keep theirs.
DARK = """<style>text { font-family: FAMILY; white-space: pre; }
@media screen and (prefers-color-scheme: dark) {
text[style*="fill: rgb(28, 31, 38)"] { fill: #ecebe6 !important; }
text[style*="fill: rgb(92, 99, 112)"] { fill: #a5abb8 !important; }
text[style*="fill: rgb(163, 25, 91)"] { fill: #ff9cc9 !important; }
.xgrid, .ygrid, .y2grid, .x2grid, .zl { stroke: #2c3038 !important; }
}</style>""".replace("FAMILY", FONT)


@dataclass(frozen=True)
class Pictured:
    """A figure to be pictured: its description as JSON, and the words that a picture carries with it."""

    slug: str
    specification: str
    title: str
    subtitle: str
    heading: str
    footer: Footer


Draw = Callable[[Iterable[Pictured]], dict[str, bytes]]


@contextmanager
def drawing() -> Iterator[Draw]:
    """What gives the pictures of figures by their paths in the bundle; BrowserError if Chromium does not make them.

    Chromium gets ready in processes of its own, while this one does something else until it asks for pictures.
    """
    from plotly.offline import get_plotlyjs

    ours = [(TEMPLATES / name).read_text(encoding="utf-8") for name in ("figure.js", "picture.js")]
    with open_browser() as browser:
        pages = [browser.page() for _ in range(PAGES)]
        loading = [(page, page.begin(f"{script}\n0")) for script in (get_plotlyjs(), *ours) for page in pages]

        def draw(figures: Iterable[Pictured]) -> dict[str, bytes]:
            for page, begun in loading:
                page.value(begun)
            return _drawn(figures, pages)

        yield draw


def _drawn(figures: Iterable[Pictured], pages: Iterable[BrowserPage]) -> dict[str, bytes]:
    """The pictures of figures, each drawn by a page that is free."""
    files: dict[str, bytes] = {}
    free, at_work = [*pages], deque[tuple[Pictured, BrowserPage, int]]()
    for figure in figures:
        if not free:
            free.append(_taken(at_work, files))
        words, sizes, page = json.dumps(_words(figure)), json.dumps(SIZES), free.pop()
        at_work.append((figure, page, page.begin(f"pictures({figure.specification}, {words}, {sizes})")))
    while at_work:
        _taken(at_work, files)
    return files


def _taken(at_work: deque[tuple[Pictured, BrowserPage, int]], files: dict[str, bytes]) -> BrowserPage:
    """The page that began first, once its pictures are taken."""
    figure, page, begun = at_work.popleft()
    files |= _files(figure.slug, page.value(begun))
    return page


def picture_paths(slug: str) -> dict[str, str]:
    """Where a chart's pictures lie in the bundle, by kind."""
    return {
        "wide": f"pictures/{slug}-wide.svg",
        "narrow": f"pictures/{slug}-narrow.svg",
        "svg": f"pictures/{slug}.svg",
        "png": f"pictures/{slug}.png",
    }


def _files(slug: str, drawn: Mapping[str, str]) -> dict[str, bytes]:
    paths = picture_paths(slug)
    stills = {paths[kind]: _lit(drawn[kind]).encode() for kind in ("wide", "narrow")}
    return {**stills, paths["svg"]: _in_order(drawn["svg"]).encode(), paths["png"]: base64.b64decode(drawn["png"])}


def _lit(svg: str) -> str:
    """A still that follows the page into the dark, without what is said twice."""
    start, end, rest = svg.partition(">")
    return f"{_in_order(f'{start}{end}')}{DARK}{_light(rest)}"


def _in_order(svg: str) -> str:
    """The same picture with attributes in the order of their names: Chromium's hangs on what it had drawn before."""
    return TAG.sub(lambda tag: f"<{tag[1]}{''.join(sorted(ATTRIBUTE.findall(tag[2])))}{tag[3]}>", svg)


def _light(svg: str) -> str:
    """The same picture in fewer bytes: the font is the whole picture's, and nothing is said that holds anyway."""
    lighter = NO_STYLE.sub("", OPAQUE.sub("", OF_TEXTS.sub("", _in_order(svg))))
    # A tenth of a pixel is nothing that is seen.
    lighter = PLACES.sub(lambda place: TENTH.sub(r"\1", place[0]), lighter)
    lighter = CLIP.sub(lambda clip: clip[0] if f"url(#{clip[1]})" in lighter else "", lighter)
    while (left := EMPTY.sub("", lighter)) != lighter:
        lighter = left
    return lighter


def _words(figure: Pictured) -> dict[str, list[dict[str, object]]]:
    """What stands above and below the figure of a whole picture, each with its style."""
    above = [(figure.heading, 13, 600, MUTED), (figure.title, 26, 700, INK), (figure.subtitle, 15, 400, MUTED)]
    below = [(f"{name}: {text}", 11, 400, MUTED) for name, text in figure.footer.lines if name != "Simulated"]
    below += [(credit.text, 11, 400, MUTED) for credit in figure.footer.credits]
    if figure.footer.simulated:
        below.append((figure.footer.simulated, 12, 700, SIMULATED_COLOUR))
    return {"above": [_styled(*part) for part in above], "below": [_styled(*part) for part in below]}


def _styled(text: str, size: int, weight: int, colour: str) -> dict[str, object]:
    # A family's name is quoted as CSS allows it inside an attribute.
    family = FONT.replace('"', "'")
    return {"text": text, "style": {"size": size, "weight": weight, "colour": colour, "family": family}}
