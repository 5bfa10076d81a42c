"""The dbt exposures are those of the charts and pages there are, and depend on exactly the marts that these read."""

from pathlib import Path

import pytest
import yaml
from exposures import FILE, Exposure, exposures, written

from assets.reports.charts import find_charts


@pytest.fixture(scope="module")
def found(database: Path) -> dict[str, Exposure]:
    return {one.name: one for one in exposures(database)}


def test_exposures_depend_on_the_marts_that_are_read(found: dict[str, Exposure]) -> None:
    told = {one["name"]: one for one in yaml.safe_load(FILE.read_text(encoding="utf-8"))["exposures"]}
    wanted = {name: [f"ref('{model}')" for model in one.models] for name, one in found.items()}
    remedy = "write them again with: python tests/charts/exposures.py"
    assert {name: one["depends_on"] for name, one in told.items()} == wanted, remedy
    assert FILE.read_text(encoding="utf-8") == written([*found.values()]), remedy


def test_each_chart_has_one(found: dict[str, Exposure]) -> None:
    charts = {f"chart_{named.name}": named.chart.mart for named in find_charts()}
    assert {name for name in found if name.startswith("chart_")} == set(charts)
    assert all(mart in found[name].models for name, mart in charts.items())


def test_what_is_read_is_found(found: dict[str, Exposure]) -> None:
    """By hand: a chart of one mart, and the page of all quarters, which tells no network types of months."""
    assert found["chart_region_bits"].models == ("region_network_type_quarterly",)
    assert "published_share_groups" in found["quarters_page"].models
    assert "network_type_monthly" not in found["quarters_page"].models
    assert set(found["explore_page"].models) >= {"country_quarterly", "metro_network_type_quarterly"}
    whole = set(found["report"].models)
    assert all(set(one.models) <= whole for name, one in found.items() if name.startswith("chart_"))
