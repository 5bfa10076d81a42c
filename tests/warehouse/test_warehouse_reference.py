"""The marts that are lists, the metrics of quarters row by row, and that no mart is without a test of its rows."""

import ast
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from shape_cases import QUARTERS
from test_warehouse_marts import UNIT, WHOLE
from warehouse_cases import Query

# They ask every mart and work out no row of it by hand.
OF_ALL_MARTS = {"test_warehouse_examples.py", "test_warehouse_conservation.py"}


def test_regions_in_their_order(query: Query, shapes: Query) -> None:
    # In both worlds, a router without a row in exporters.csv sent flows: it stands nowhere.
    named, nowhere = [("us-west", "US-West", 1), ("us-east", "US-East", 2)], ("unknown", "Unknown region", 9999)
    withheld = ("withheld", "Withheld regions", 10_000)
    assert query("from marts.regions order by position") == [*named, ("ca-east", "CA-East", 3), nowhere, withheld]
    assert shapes("from marts.regions order by position") == [*named, nowhere, withheld]


def test_the_operator(query: Query, shapes: Query) -> None:
    statement = "select operator, is_simulated, timezone, tracking_began_on from marts.operator_profile"
    assert query(statement) == [("Warehouse cases", True, "UTC", date(2025, 9, 21))]
    assert shapes(statement) == [("Shape cases", True, "America/Los_Angeles", date(2025, 10, 1))]


def test_the_sources_with_their_licences(query: Query) -> None:
    assert query(
        "select source, producer, title, address, licence, citation, may_be_redistributed, as_of, visible_credit, "
        "visible_credit_address from marts.data_sources"
    ) == [
        (
            *("made_up", "Nobody", "Made-up registry", "https://example.net/registry", "CC0", "none", True),
            *(date(2025, 6, 17), None, None),
        )
    ]


def test_published_types_in_their_order(query: Query) -> None:
    assert query("select position, network_type, label, is_published from marts.network_types order by 1") == [
        (1, "neocloud", "Neocloud", True),
        (2, "hyperscaler", "Hyperscaler", True),
        (3, "hosting", "Hosting", True),
        (4, "cdn", "CDN", True),
        (5, "isp_regional", "Regional ISP", True),
        (6, "isp_tier1", "Tier 1", True),
        (7, "migration", "Migration", True),
        (8, "unclassified", "Unclassified", True),
        (14, "withheld", "Withheld", True),
    ]
    assert query("select colour, definition from marts.network_types where network_type = 'cdn'") == [
        ("#2a9d8f", "Networks that deliver content from close to its readers.")
    ]


def test_verdicts_with_their_levels(query: Query) -> None:
    assert query("select verdict, level from marts.verdicts order by level, verdict") == [
        ("not comparable", 1),
        ("withheld", 1),
        ("low coverage", 2),
        ("partial quarter", 2),
        ("classification changed", 3),
        ("few networks", 3),
        ("low precision", 3),
        ("one pair is not a trend", 4),
        ("comparable", 5),
    ]


def test_share_groups_of_several_types_with_their_members(query: Query) -> None:
    members = (
        "select share_group, label, list(network_type order by network_type), any_value(version), any_value(valid_to) "
        "from marts.share_groups group by all having count(*) > 1 order by 1"
    )
    assert query(members) == [
        ("internet_providers", "Internet providers", ["isp_regional", "isp_tier1"], 1, None),
        ("other_clouds", "Other clouds", ["hosting", "hyperscaler", "neocloud"], 1, None),
    ]


def test_metrics_of_a_quarter(query: Query) -> None:
    # 121 units of four addresses; on covered days 121 units of 8 daily addresses in 91 days, magnitudes on seven.
    rows = query(
        "select metric, value, reclassified_value, top_network_share, relative_standard_error "
        "from marts.quarter_metrics where quarter = '2026Q2' and dimension = 'network_type' and member = 'neocloud' "
        "order by metric"
    )
    assert rows == [
        ("bits", 121 * UNIT, 0, 1, 0),
        ("bits_daily_average", pytest.approx(121 * UNIT / 91), 0, 1, 0),
        ("magnitude", 121 * UNIT / 4, 0, 1, 0),
        ("magnitude_daily_average", pytest.approx((1 + 2 + 3 + 4 + 5 + 3 + 100) * UNIT / 7), None, 1, 0),
        ("share_of_bits", pytest.approx(121 / WHOLE), 0, 1, 0),
        ("unique_ips", 4, None, 1, 0),
        ("unique_ips_daily_average", pytest.approx(8 / 91), None, 1, 0),
    ]


def marts_asked_for() -> Iterator[str]:
    """Each mart that a function of a test module asks for, in a statement or by `cell`."""
    for path in sorted(Path(__file__).parent.glob("test_warehouse_*.py")):
        if path.name in OF_ALL_MARTS:
            continue
        functions = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
        for node in (inner for function in functions for inner in ast.walk(function)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from re.findall(r"\bmarts\.(\w+)", node.value)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "cell":
                yield from (one.value for one in node.args[1:2] if isinstance(one, ast.Constant))


def test_no_mart_is_without_a_test_of_its_rows(query: Query) -> None:
    marts = {name for (name,) in query("select table_name from duckdb_tables() where schema_name = 'marts'")}
    assert len(marts) > 30
    assert marts - set(marts_asked_for()) == set()


def test_each_quarter_of_a_world_has_metrics(shapes: Query) -> None:
    assert [row[0] for row in shapes("select distinct quarter from marts.quarter_metrics order by 1")] == QUARTERS
