"""The page to explore: each choice gives the numbers that its statement gives, and says what it can't tell."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from marts_fixture import Scenario, write_marts
from windows import MEASURES, asked_for, errors, seen

from assets.ground.browser import VARIABLE, Browser, BrowserPage
from assets.reports.charts import render_bundle

QUARTER = "2025Q4"
# The page as JSON: the statement, and each row of the table with its key, value and withheld cells.
TABLE = """({
  sql: document.getElementById("sql").textContent,
  said: document.getElementById("said").textContent,
  status: document.getElementById("status").textContent,
  answered: !document.getElementById("answer").hidden,
  rows: Array.from(document.querySelectorAll("#rows tr")).map(row => [...JSON.parse(row.dataset.key),
    ...Array.from(row.querySelectorAll("[data-value]")).map(one => JSON.parse(one.dataset.value))]),
})"""
CHOICES = (
    "measure=bits&by=network_type",
    "measure=share_of_bits&by=network_type",
    "measure=unique_ips&by=region&network_type=neocloud",
    "measure=magnitude&by=region&split=network_type",
    "measure=bits&by=region",
    "measure=bits&by=month",
    "measure=unique_ips&by=month&split=network_type",
    "measure=unique_ips&by=network_type&month=2025-11-01",
    "measure=bits&by=connectivity&region=us-east&network_type=neocloud&direction=egress",
    "measure=bits&by=network_type&direction=ingress",
    "measure=bits&by=metro&split=network_type&region=us-west",
    "measure=bits&by=network",
    "measure=bits_per_second_max&by=cloud",
    "measure=bits&by=ip_version&split=month",
    "measure=persistent_share_of_bits&by=network_type",
    "measure=new_ips&by=month&network_type=cdn",
    "measure=top_10_share&by=network_type&region=us-west",
)


@dataclass(frozen=True)
class Explore:
    """A published database, and the page that was made of it."""

    database: Path
    page: Path


def made(database: Path, folder: Path) -> Explore:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv(VARIABLE, "")
        render_bundle(database, QUARTER, folder / QUARTER)
    return Explore(database, folder / QUARTER / "explore.html")


@pytest.fixture(scope="module")
def explore(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Explore:
    return made(database, tmp_path_factory.mktemp("explore"))


def changed(folder: Path, *changes: str, scenario: Scenario | None = None) -> Explore:
    database = write_marts(folder / "network_stats.duckdb", scenario)
    with duckdb.connect(str(database)) as connection:
        for change in changes:
            connection.execute(change)
    return made(database, folder)


def choose(page: BrowserPage, choice: str) -> None:
    """Follow a link to a choice, and wait until the page has answered."""
    page.run(
        f"new Promise(done => {{ addEventListener('hashchange', done, {{once: true}}); location.hash = '{choice}' }})"
    )


def asked(database: Path, sql: str) -> list[list[object]]:
    """The rows of a statement as the page keeps them."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(sql).fetchall()
    return [[*map(kept, row[:-1]), int(row[-1])] for row in rows]


def kept(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def test_every_choice_gives_what_its_statement_gives(browser: Browser, explore: Explore) -> None:
    page = seen(browser, explore.page, 1440)
    for choice in CHOICES:
        choose(page, choice)
        table = page.run(TABLE)
        assert table["answered"] and table["rows"], choice
        assert table["rows"] == asked(explore.database, table["sql"]), choice
    assert errors(browser) == []


def test_traffic_by_region_is_added_up_exactly(browser: Browser, explore: Explore) -> None:
    """Sums beyond 2**53, of which a script's numbers would lose the last digits."""
    table = seen(browser, explore.page, 1440, fragment="#measure=bits&by=region").run(TABLE)
    with duckdb.connect(str(explore.database), read_only=True) as connection:
        whole = connection.execute(
            "select sum(bits) from marts.region_network_type_quarterly where quarter = '2025Q4'"
        ).fetchall()
    assert [(sum(int(bits) for _, bits, _ in table["rows"]),)] == whole
    assert whole[0][0] > 2**53


def test_what_cannot_be_added_up_is_refused_with_a_remedy(browser: Browser, explore: Explore) -> None:
    page = seen(browser, explore.page, 390, fragment="#measure=unique_ips&by=region")
    table = page.run(TABLE)
    assert not table["answered"]
    assert table["status"] == (
        "Unique addresses cannot be added up: choose one network type, or \u201cAnd by\u201d network type."
    )
    choose(page, "measure=bits&by=month&region=us-west")
    assert page.run(TABLE)["status"] == (
        "No published mart has traffic cut like this. Choose fewer filters or another dimension."
    )


def test_the_address_holds_the_choice(browser: Browser, explore: Explore) -> None:
    page = seen(browser, explore.page, 1440)
    page.run(
        "['by', 'region'].forEach((id, place) => { const one = document.getElementById(id); "
        "one.value = place ? one.options[1].value : 'network_type'; one.dispatchEvent(new Event('change')) })"
    )
    chosen, fragment = page.run(TABLE), page.run("location.hash")
    assert "region=us-west" in fragment
    assert seen(browser, explore.page, 1440, fragment=fragment).run(TABLE) == chosen
    # What an address names that is not there is as if it were not named.
    assert seen(browser, explore.page, 1440, fragment="#by=nonsense&measure=%3Cb%3E").run(TABLE)["said"] == (
        "Traffic by network type"
    )


def test_a_keyboard_chooses_and_copies(browser: Browser, explore: Explore) -> None:
    page = seen(browser, explore.page, 1440)
    page.run("document.getElementById('measure').focus()")
    for kind in ("keyDown", "char", "keyUp"):
        page.ask("Input.dispatchKeyEvent", type=kind, key="m", text="m", code="KeyM")
    assert page.run(TABLE)["said"] == "Magnitude by network type"
    page.run("document.getElementById('copy').focus()")
    for kind in ("keyDown", "char", "keyUp"):
        page.ask("Input.dispatchKeyEvent", type=kind, key="Enter", text="\r", code="Enter", windowsVirtualKeyCode=13)
    assert page.run("getSelection().toString().trim()") == page.run(TABLE)["sql"]
    assert page.run("new Promise(done => setTimeout(() => done(document.getElementById('copied').textContent), 0))")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_it_fits_its_window_and_fetches_nothing(browser: Browser, explore: Explore, width: int, scheme: str) -> None:
    page = seen(browser, explore.page, width, scheme=scheme)
    for choice in ("", *CHOICES):
        choose(page, choice or "by=month")
        assert page.run(f"{MEASURES}; measured().concat(unnamed())") == [], choice
    assert errors(browser) == []
    assert {url.rpartition("/")[0] for url in asked_for(browser)} == {explore.page.parent.as_uri()}


def test_withheld_cells_say_so(browser: Browser, tmp_path: Path) -> None:
    explore = changed(
        tmp_path,
        "update marts.network_type_quarterly set is_suppressed = true, bits = null where network_type = 'cdn'",
        "update marts.connectivity_quarterly set is_suppressed = true, bits = null where region = 'ca-east' "
        "and network_type = 'cdn' and direction = 'egress'",
    )
    page = seen(browser, explore.page, 1440)
    assert page.run(TABLE)["status"] == ("8 rows of marts.network_type_quarterly; 1 cell is withheld and in no sum.")
    last = "Array.from(document.querySelectorAll('#rows tr:last-child > *')).map(one => one.textContent)"
    assert page.run(last) == ["CDN", "withheld", "yes"]
    choose(page, "measure=bits&by=connectivity&region=ca-east")
    told = page.run(TABLE)
    assert {row[-1] for row in told["rows"]} == {1} and told["rows"] == asked(explore.database, told["sql"])


def test_names_of_others_are_text(browser: Browser, tmp_path: Path) -> None:
    markup = "<b>x</b></script><img src=x onerror=alert(1)>\u202e"
    explore = changed(
        tmp_path,
        f"update marts.metro_quarterly set metro = '{markup}' where metro = 'Chicago'",
        scenario=Scenario().labelled("us-west", markup),
    )
    page = seen(browser, explore.page, 1440, fragment="#measure=bits&by=metro")
    assert page.run("document.images.length") == 0
    shown = page.run("document.getElementById('rows').textContent")
    assert "<img src=x onerror=alert(1)>\ufffd" in shown and "\u202e" not in shown
    assert "<b>x</b>" in page.run("document.getElementById('explore-plot').textContent")
    assert errors(browser) == []


def test_links_of_the_operator_are_not_named(tmp_path: Path) -> None:
    """Their names are those of routers."""
    explore = changed(
        tmp_path,
        "update marts.network_quarterly set network_key = 'link:lax-1/et-0', name = network_key where name = 'cdn 9'",
    )
    assert "lax-1" not in explore.page.read_text(encoding="utf-8")
