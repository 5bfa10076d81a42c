"""Of random worlds, the published marts give nothing away that they withhold, and lose nothing of what they tell."""

from collections import Counter, defaultdict
from collections.abc import Hashable
from typing import Any

import pytest
from compiled_models import CompiledModels
from hypothesis import Phase, given, settings
from random_worlds import EXPORT_DAYS, QUARTERS, made_world
from withheld_worlds import MARTS, published, worlds_of_many_hosts
from world import World

from tests.auditor.audit import leaks, withheld_cells
from tests.auditor.marts_read import TABLES, WITHHELD, Marts, bits_of

# Marts that count what is withheld in a row of that name, and those whose told cells are whole.
ADD_UP = ("network_type_quarterly", "region_network_type_quarterly", "traffic_flow_quarterly", "network_quarterly",
          "connectivity_quarterly", "metro_quarterly", "country_quarterly", "magnitude_quarterly")  # fmt: skip
OF_QUARTERS = ("network_type_quarterly", "network_quarterly", "country_quarterly", "cross_cloud_quarterly")
LABELLED = ("metro_quarterly", "cross_cloud_quarterly", "country_quarterly", "share_group_quarterly")
pytestmark = pytest.mark.long

SEEN: Counter[str] = Counter()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, CompiledModels]:
    world = made_world(tmp_path_factory.mktemp("withheld"))
    return world, CompiledModels(world, EXPORT_DAYS, QUARTERS, wanted=MARTS)


@given(records=worlds_of_many_hosts())
@settings(max_examples=100, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
def test_nothing_withheld_is_known_and_nothing_told_is_wrong(
    models: tuple[World, CompiledModels], records: list[dict[str, Any]]
) -> None:
    marts, truth = published(*models, records, minimum=3, dominance=0.9)
    assert leaks(marts, truth) == []
    tells_what_is_true(marts, truth)
    adds_up(marts, truth)
    SEEN["withheld"] += len(withheld_cells(marts, truth))
    SEEN["told"] += sum(bits_of(row) is not None for table in TABLES for row in marts.rows[table])


def test_the_worlds_withheld_and_told() -> None:
    assert SEEN["withheld"] > 1000
    assert SEEN["told"] > 1000


def tells_what_is_true(marts: Marts, truth: Marts) -> None:
    """A cell that is told is that of core, to the bit, and each of a quarter's own cells has a row."""
    for table in TABLES:
        if table == "share_group_quarterly":
            continue
        rows, cells = dict(marts.cells(table)), dict(truth.cells(table))
        if table in OF_QUARTERS:
            assert rows.keys() >= cells.keys(), table
        if table not in LABELLED:
            told = {key: row["bits"] for key, row in rows.items() if row["bits"] is not None and key in cells}
            assert told == {key: cells[key]["bits"] for key in told}, table


def adds_up(marts: Marts, truth: Marts) -> None:
    """With what is told together, the bits of a quarter are those of core."""
    wholes = totals(truth, "network_type_quarterly")
    told = totals(marts, "network_type_quarterly")
    for table in ADD_UP:
        assert totals(marts, table) == {quarter: wholes[quarter] for quarter in told}, table


def totals(marts: Marts, table: str) -> dict[Hashable, int]:
    found: dict[Hashable, int] = defaultdict(int)
    for key, row in marts.cells(table):
        if row["bits"] is not None:
            found[key[0]] += int(row["bits"])
    return dict(found)


def test_no_address_of_a_router_is_published(models: tuple[World, CompiledModels]) -> None:
    """Of links, as everywhere, marts name the router."""
    _, compiled = models
    keys = [key for (key,) in compiled.rows("select published_key from core.networks where network_key like 'link:%'")]
    assert keys and all(key.startswith("link:n") for key in keys)
    for mart in ("network_quarterly", "cross_cloud_quarterly", "elephant_flows", "classification_changes"):
        ((found,),) = compiled.rows(f"select count(*) from marts.{mart} as m where m::varchar like '%198.51.100.%'")
        assert found == 0, mart
    assert WITHHELD not in keys
