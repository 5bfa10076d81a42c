"""What types networks had when: rows that close and open, quarters that keep their map, and who moved.

A world of its own, since it is built twice: 2026Q1 with the registries of its time, then 2026Q2 with others. AS 410001
is told to be a host and then an ISP, and 20.3.1.0/24 of AS 410003 is decided on in 2026Q2.
"""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from warehouse_cases import EXPORTERS, FILES, Query, query_of
from world import World, health, record

FIRST_DAY, LATER_DAY = date(2026, 3, 31), date(2026, 4, 2)
DECISIONS = """
prefix,asn,organisation,network_type,reason,author,decided_on,expires_on
20.3.1.0/24,,,neocloud,rents GPUs,tests,2026-04-01,
,410004,,cdn,only in the first quarter,tests,2026-01-01,2026-03-31
"""
ORIGINS = {f"20.{n}.0.0/16": 410000 + n for n in range(1, 6)}


def told(asn: int, kind: str) -> dict[str, Any]:
    return {"asn": asn, "source": "ipverse", "kind": "type", "value": kind}


def traffic(day: str) -> list[dict[str, Any]]:
    peers = ["20.1.0.1", "20.3.0.1", "20.3.1.1", "20.4.0.1", "20.5.0.1"]
    return [record(f"{day} 12:00:{n:02}", peer, bytes=1000 * (n + 1), seconds=1) for n, peer in enumerate(peers)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Query]:
    """The warehouse after the first quarter, and after the second."""
    folder = tmp_path_factory.mktemp("history")
    operator_folder = folder / "operator"
    operator_folder.mkdir()
    for name, text in {**FILES, "exporters.csv": EXPORTERS, "overrides.csv": DECISIONS}.items():
        (operator_folder / name).write_text(text.lstrip())
    world = World(folder, operator_folder, ORIGINS, evidence=[told(410001, "hosting"), told(410005, "hosting")])
    world.write_registries()
    world.write_records(traffic(str(FIRST_DAY)))
    world.write_health(health([FIRST_DAY, LATER_DAY], [144]))
    world.write_files({FIRST_DAY: ["pulled"], LATER_DAY: ["pulled"]})
    world.build_core([FIRST_DAY])
    first = _kept(world, "first")
    world.evidence[:] = [told(410001, "isp"), told(410002, "hosting"), told(410005, "hosting")]
    world.write_registries()
    world.write_records([*traffic(str(FIRST_DAY)), *traffic(str(LATER_DAY))])
    world.build_core([LATER_DAY])
    world.build_marts(["2026Q1", "2026Q2"])
    return {"first": first, "second": query_of(world.warehouse)}


def _kept(world: World, name: str) -> Query:
    copy = world.folder / f"{name}.duckdb"
    copy.write_bytes(world.warehouse.read_bytes())
    return query_of(copy)


HISTORY = (
    "select network_type, valid_from::varchar, valid_to::varchar from core.networks_history "
    "where network_key = ? order by valid_from"
)


def test_the_first_row_holds_from_the_beginning_to_this_day(built: dict[str, Query]) -> None:
    assert built["first"](HISTORY, "as:410001") == [("hosting", "0001-01-01", "9999-12-31")]


def test_a_change_of_type_closes_a_row_and_opens_one(built: dict[str, Query]) -> None:
    assert built["second"](HISTORY, "as:410001") == [
        ("hosting", "0001-01-01", "2026-04-01"),
        ("isp_regional", "2026-04-02", "9999-12-31"),
    ]


def test_a_network_that_keeps_its_type_keeps_its_row(built: dict[str, Query]) -> None:
    assert built["second"](HISTORY, "as:410005") == [("hosting", "0001-01-01", "9999-12-31")]


def test_a_quarter_that_ended_keeps_its_map(built: dict[str, Query]) -> None:
    rows = built["second"](
        "select quarter, network_type, rule from core.network_types_by_quarter where network_key = 'as:410001' "
        "order by quarter"
    )
    assert rows == [("2026Q1", "hosting", "external_labels"), ("2026Q2", "isp_regional", "external_labels")]


def test_who_moved_when_and_why_and_the_bits_that_moved(built: dict[str, Query]) -> None:
    rows = built["second"](
        "select network_key, previous_network_type, network_type, previous_rule, rule, changed_on::varchar, "
        "cast(bits as bigint), cast(previous_bits as bigint) from marts.classification_changes "
        "where quarter = '2026Q2' order by 1"
    )
    assert rows == [
        ("as:410001", "hosting", "isp_regional", "external_labels", "external_labels", "2026-04-02", 8000, 8000),
        ("as:410003", "unclassified", "neocloud", "unclassified", "override", "2026-04-01", 24000, 24000),
        ("as:410004", "cdn", "unclassified", "override", "unclassified", "2026-04-01", 32000, 32000),
    ]


def test_the_reason_of_a_decision_is_told(built: dict[str, Query]) -> None:
    rows = built["second"](
        "select reason, quarter_began_on::varchar from marts.classification_changes where network_key = 'as:410003'"
    )
    assert rows == [("rents GPUs", "2026-04-01")]


def test_the_review_list_is_ranked_by_bits(built: dict[str, Query]) -> None:
    # 410003 counts with all of its bits (2000 + 3000 octets, twice), since its network is not known.
    rows = built["second"]("select network_key, cast(bits as bigint), rule from core.network_review order by position")
    assert rows == [
        ("as:410003", 80000, "unclassified"),
        ("as:410005", 80000, "external_labels"),
        ("as:410004", 64000, "unclassified"),
        ("as:410001", 16000, "external_labels"),
    ]


def test_the_example_of_the_mart_runs(built: dict[str, Query]) -> None:
    yml = Path(__file__).parents[2] / "dbt_project/models/marts/comparison/classification_changes.yml"
    example = yaml.safe_load(yml.read_text(encoding="utf-8"))["models"][0]["config"]["meta"]["example"]
    assert built["second"](example) == []
