"""Pages in a real browser: nothing cut or overlapping, no error, nothing fetched, whole without scripts."""

import base64
import re
from pathlib import Path

import pytest
from windows import MEASURES, asked_for, errors, seen

from assets.ground.browser import Browser
from assets.reports.charts import BundleSummary

WIDTHS = (1440, 768, 390)


@pytest.mark.parametrize(("width", "scheme"), [*((width, "light") for width in WIDTHS), (390, "dark")])
def test_a_page_fits_its_window_and_nothing_is_cut_or_overlaps(
    browser: Browser, pictured: BundleSummary, width: int, scheme: str
) -> None:
    page = seen(browser, pictured.folder / "index.html", width, scheme=scheme)
    assert page.run("document.querySelectorAll('.plot .main-svg').length") >= len(pictured.charts)
    assert page.run(f"{MEASURES}; measured().concat(unnamed())") == []
    assert errors(browser) == []


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_comparison_of_quarters_fits_its_window(
    browser: Browser, pictured: BundleSummary, width: int, scheme: str
) -> None:
    page = seen(browser, pictured.folder / "comparison.html", width, scheme=scheme)
    page.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.run(f"{MEASURES}; measured().concat(unnamed())") == []
    assert errors(browser) == []


def test_measuring_finds_what_is_cut_and_what_overlaps(browser: Browser, pictured: BundleSummary) -> None:
    page = seen(browser, pictured.folder / "charts" / "region-bits.html", 390)
    page.run(
        "var names = document.querySelectorAll('.plot .ytick text');"
        "names[1].setAttribute('y', names[0].getAttribute('y'));"
        "names[1].setAttribute('transform', names[0].getAttribute('transform'));"
        "document.querySelectorAll('.plot .ytick text')[3].setAttribute('transform', 'translate(-90,0)');"
        "document.querySelector('h1').style.width = '800px'"
    )
    found = page.run(f"{MEASURES}; measured()")
    assert {text.partition(":")[0] for text in found} >= {"overlap", "cut", "the page scrolls sideways"}


@pytest.mark.long
def test_every_charts_own_page_fits_a_phone_too(browser: Browser, pictured: BundleSummary) -> None:
    for chart in pictured.charts:
        page = seen(browser, pictured.folder / chart.page, 390)
        assert page.run(f"{MEASURES}; measured().concat(unnamed())") == [], chart.page


def test_nothing_is_fetched_from_outside_the_folder(browser: Browser, pictured: BundleSummary) -> None:
    seen(browser, pictured.folder / "index.html", 1440)
    asked = asked_for(browser)
    assert asked and all(url.startswith((pictured.folder.as_uri(), "data:")) for url in asked)


def test_the_policy_stops_a_script_that_is_not_the_pages(
    browser: Browser, pictured: BundleSummary, tmp_path: Path
) -> None:
    text = (pictured.folder / "index.html").read_text(encoding="utf-8")
    spoilt = pictured.folder / "spoilt.html"
    spoilt.write_text(text.replace("</body>", "<script>document.title = 'taken'</script></body>"), encoding="utf-8")
    try:
        page = seen(browser, spoilt, 1440)
    finally:
        spoilt.unlink()
    assert page.run("document.title") != "taken"
    assert any("Content Security Policy" in error for error in errors(browser))


@pytest.mark.parametrize("width", [1440, 390])
def test_without_scripts_pictures_stand_in_the_place_of_figures(
    browser: Browser, pictured: BundleSummary, width: int
) -> None:
    page = seen(browser, pictured.folder / "index.html", width, scripts=False)
    shown = page.run(
        "Array.from(document.querySelectorAll('.still img')).filter(image => image.complete && image.naturalWidth && "
        "image.getBoundingClientRect().width > 200).map(image => image.currentSrc.split('-').pop())"
    )
    assert shown == ["narrow.svg" if width == 390 else "wide.svg"] * len(pictured.charts)
    assert page.run("Array.from(document.querySelectorAll('.plot')).some(plot => plot.offsetHeight)") is False


def test_paper_has_a_picture_of_every_figure_and_no_empty_pages(browser: Browser, pictured: BundleSummary) -> None:
    page = seen(browser, pictured.folder / "index.html", 718, media="print")
    shown = page.run(
        "Array.from(document.querySelectorAll('.still img')).filter(image => image.naturalWidth && "
        "image.offsetHeight > 90).length"
    )
    assert shown == len(pictured.charts)
    height = page.run("document.documentElement.scrollHeight")
    paper = base64.b64decode(page.ask("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])
    pages = len(re.findall(rb"/Type\s*/Page[^s]", paper))
    # A page of A4 without its margins of 14 mm is 1,017 pixels high; figures are not parted, which leaves some room.
    assert pages and height / (1017 * pages) > 0.8


def test_the_index_is_light(pictured: BundleSummary) -> None:
    """What a browser loads: the page, the shared script, the pictures for paper."""
    loaded = [
        pictured.folder / "index.html",
        pictured.folder / "plotly.min.js",
        *pictured.folder.glob("pictures/*-wide.svg"),
    ]
    assert sum(path.stat().st_size for path in loaded) < 6_000_000
