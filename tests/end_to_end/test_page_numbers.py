"""Every sentence and number of the demo's pages, computed from the published marts again by other code."""

import re
from collections.abc import Iterator

import duckdb
import pytest

from tests.end_to_end.conftest import House
from tests.end_to_end.page_behaviour import behaviour_findings
from tests.end_to_end.page_facts import Facts
from tests.end_to_end.page_numbers import OF_THE_METHOD, numbers
from tests.end_to_end.page_tables import compared_rows, coverage_rows, data_rows, error_rows, reason_rows
from tests.end_to_end.page_text import NUMBER, PageText, Table

QUARTERS = ("2025Q3", "2025Q4")
FIGURES = {
    "monthly-traffic", "region-bits", "region-magnitude", "region-unique-ips", "traffic-flow",
    "magnitude-logarithmic", "magnitude-linear", "quarter-bridge", "top-movers", "ip-versions", "connectivity",
    "cross-cloud", "concentration", "persistence", "flow-sizes", "new-addresses", "rhythm", "history", "workflows",
    "metro-map", "metro-types", "countries", "elephants", "classification-changes",
}  # fmt: skip
# Of more rows than a page has room for, or of none in the first quarter.
WITHOUT_TABLE = {
    "rhythm", "flow-sizes", "metro-map", "metro-types", "quarter-bridge", "top-movers", "workflows", "traffic-flow",
    "ip-versions", "classification-changes",
}  # fmt: skip
METRICS = {
    "Share of traffic": "share_of_bits", "Bits a day": "bits_daily_average",
    "Unique addresses a day": "unique_ips_daily_average", "Magnitude of a day": "magnitude_daily_average",
    "Bits in the quarter": "bits", "Unique addresses in the quarter": "unique_ips",
    "Magnitude of the quarter": "magnitude", "Unique addresses over the same days": "unique_ips_matched_days",
    "Magnitude over the same days": "magnitude_matched_days",
}  # fmt: skip


def html_of(demo: House, quarter: str) -> str:
    return (demo.state / "reports" / quarter / "index.html").read_text(encoding="utf-8")


@pytest.fixture(params=QUARTERS)
def quarter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(demo: House, quarter: str) -> PageText:
    return PageText(html_of(demo, quarter))


@pytest.fixture
def facts(demo: House, quarter: str) -> Iterator[Facts]:
    with duckdb.connect(demo.published, read_only=True) as database:
        yield Facts(database, quarter)


def unexplained(page: PageText, facts: Facts) -> list[tuple[str, str, str]]:
    """Place, number and sentence of each number in prose that the marts do not give there."""
    allowed, findings = numbers(facts), {*facts.findings().values(), *behaviour_findings(facts).values()}
    figures = {text for figure in facts.headlines() for text in figure}
    return [
        (block.place, number, block.text)
        for block in page.blocks
        if block.text not in findings | figures
        for number in numbers_of(block.text)
        if number not in allowed.get(block.place, set()) | OF_THE_METHOD
    ]


def numbers_of(text: str) -> list[str]:
    """The numbers of a sentence; the 1 of tier 1 is a part of its name, and a comma may end a clause."""
    plain = re.sub(r"\btier 1\b", "tier one", text, flags=re.IGNORECASE)
    return [found.strip().rstrip(",") for found in NUMBER.findall(plain)]


def wrong_rows(page: PageText, facts: Facts) -> list[tuple[str, list[str]]]:
    """Caption and row of each row of a table that the marts do not give, or that it lacks."""
    found = []
    for table in page.tables:
        expected, shown = expected_rows(table, facts), sorted(cells(row) for row in table.rows[1:])
        assert shown, table.caption
        found += [(table.caption, row) for row in shown if row not in expected]
        found += [(table.caption, row) for row in expected if row not in shown]
    return found


def cells(row: list[str]) -> list[str]:
    """A row without its drawing."""
    return [cell for cell in row if cell]


def expected_rows(table: Table, facts: Facts) -> list[list[str]]:
    if table.place in FIGURES:
        return data_rows(facts, table.rows[0], table.place)
    heading = table.caption.partition(".")[0]
    if table.place == "quarter-over-quarter":
        by_region = table.rows[1][0] in {"US-West", "US-East", "CA-East"}
        return compared_rows(facts, METRICS[heading], by_region=by_region)
    return {
        "Coverage": lambda: coverage_rows(facts, [one for one in QUARTERS if one <= facts.quarter]),
        "Sampling and classification error by network type": lambda: error_rows(facts),
        "What became of the records": lambda: reason_rows(facts),
    }[heading]()


def test_every_finding_is_what_the_marts_say(page: PageText, facts: Facts) -> None:
    titles = {block.place: block.text for block in page.blocks if block.tag == "h3" and block.place in FIGURES}
    assert titles == facts.findings() | behaviour_findings(facts)
    # The contents name the findings again.
    assert set(titles.values()) <= {block.text for block in page.blocks if block.tag == "li"}


def test_every_figure_on_top_is_what_the_marts_say(page: PageText, facts: Facts) -> None:
    shown = [block.text for block in page.blocks if block.kind in {"figure", "what", "before"}]
    assert shown == [text for figure in facts.headlines() for text in figure]


def test_every_number_in_a_sentence_follows_from_the_marts(page: PageText, facts: Facts) -> None:
    assert unexplained(page, facts) == []


def test_every_row_of_every_table_follows_from_the_marts(page: PageText, facts: Facts) -> None:
    assert {table.place for table in page.tables} >= {*FIGURES, "how-sure"} - WITHOUT_TABLE
    assert wrong_rows(page, facts) == []


@pytest.mark.parametrize(
    ("true", "false"), [("36.2%", "36.3%"), ("0.5%", "0.6%"), ("Pbit", "Tbit"), ("Edition 1", "Edition 7")]
)
def test_a_wrong_number_is_found(demo: House, facts: Facts, true: str, false: str) -> None:
    told = html_of(demo, facts.quarter)
    assert true in told
    wrong = PageText(told.replace(true, false))
    assert unexplained(wrong, facts) or wrong_rows(wrong, facts)
