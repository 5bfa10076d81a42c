"""Of random quarters that cover other days, what is told of the days that both cover gives no small part away."""

from collections import Counter
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from compiled_models import CompiledModels
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from shape_cases import CDN, HOSTING, ISP, NEOCLOUD, ORIGINS, A, B, write_operator
from withheld_worlds import MARTS, Records
from world import World, health, record

from assets.exports.formats._export_health import EXPORT_HEALTH
from assets.exports.formats._flow_record import FLOW_RECORD
from tests.auditor.audit import leaks
from tests.auditor.marts_read import Marts
from tests.auditor.truth import truth_of

# The tenth and the fortieth day of two quarters; the twentieth and the sixtieth only of one.
BOTH = (date(2026, 1, 10), date(2026, 2, 9), date(2026, 4, 10), date(2026, 5, 10))
ALONE = (date(2026, 1, 20), date(2026, 5, 30))
DAYS, QUARTERS = sorted((*BOTH, *ALONE)), ["2026Q1", "2026Q2"]
LEAST, MOST_HOSTS = 3, 7
PLACES = [(peer, exporter) for peer in (NEOCLOUD, CDN, HOSTING, ISP) for exporter in (A, B)]
SEEN: Counter[tuple[str, bool]] = Counter()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, CompiledModels]:
    folder = tmp_path_factory.mktemp("matched_days")
    world = World(folder, write_operator(folder / "operator", least=LEAST), ORIGINS)
    world.write_registries()
    return world, CompiledModels(world, DAYS, QUARTERS, wanted=MARTS)


@st.composite
def quarters(draw: st.DrawFn) -> Records:
    """Of each peer, by each router and on each day, that many hosts of so many bytes: often enough of them."""
    cells = [(peer, exporter, day) for peer, exporter in PLACES for day in DAYS]
    hosts_of = st.tuples(st.sampled_from([0, 1, 3, 4, 5, MOST_HOSTS]), st.integers(100, 10_000))
    drawn = draw(st.lists(hosts_of, min_size=len(cells), max_size=len(cells)))
    return Records(
        record(f"{day} 10:00:00", f"{peer}.{host}", bytes=size * (host + 1), exporter=exporter)
        for (peer, exporter, day), (count, size) in zip(cells, drawn, strict=True)
        for host in range(count)
    )


def published(models: tuple[World, CompiledModels], records: list[dict[str, Any]]) -> tuple[Marts, Marts]:
    world, compiled = models
    covered = [one for exporter in (A, B) for one in health(DAYS, range(288), exporter)]
    compiled.run(
        flow_records=pa.Table.from_pylist([world.resolved(one) for one in records], schema=FLOW_RECORD),
        export_health=pa.Table.from_pylist(covered, schema=EXPORT_HEALTH),
    )
    return Marts.read(compiled.database.execute), truth_of(compiled.database.execute)


@pytest.mark.long
@given(records=quarters())
@settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    # How long it takes to draw a world is the machine's matter.
    suppress_health_check=[HealthCheck.too_slow],
)
def test_no_small_part_is_known(models: tuple[World, CompiledModels], records: list[dict[str, Any]]) -> None:
    marts, truth = published(models, records)
    assert leaks(marts, truth) == []
    for row in marts.rows["quarter_over_quarter"]:
        if row["metric"] == "unique_ips_matched_days":
            SEEN[row["dimension"], row["is_suppressed"]] += 1
            assert all(row[column] in (None, 0) or row[column] >= LEAST for column in ("value", "previous_value"))


@pytest.mark.long
def test_members_were_withheld_and_told() -> None:
    assert all(SEEN["network_type", is_suppressed] > 10 for is_suppressed in (False, True)), SEEN


def hosts(day: date, peer: str, count: int, exporter: str = A) -> list[dict[str, Any]]:
    return [record(f"{day} 10:00:00", f"{peer}.{host}", exporter=exporter) for host in range(1, count + 1)]


def told(marts: Marts, dimension: str) -> dict[str, float | None]:
    return {
        row["member"]: row["value"]
        for row in marts.rows["quarter_over_quarter"]
        if row["metric"] == "unique_ips_matched_days" and row["dimension"] == dimension
    }


def test_the_days_that_are_left_need_addresses_too(models: tuple[World, CompiledModels]) -> None:
    """Of 2026Q2, hosts have two addresses on the day that is only its own; CDNs have four on every day."""
    same = [one for day in DAYS for one in hosts(day, CDN, 4)]
    short = [one for day in BOTH for one in hosts(day, HOSTING, 5)] + hosts(ALONE[1], HOSTING, 2)
    marts, _ = published(models, [*same, *short])
    assert told(marts, "network_type") == {"cdn": 4, "hosting": None}
    assert told(marts, "total") == {"all": None}


def test_a_type_whose_months_are_withheld_is_withheld_of_matched_days(models: tuple[World, CompiledModels]) -> None:
    """Of hosts one address came in February; all else is of January, most of it on the day that only it covers."""
    first, second, *later = BOTH
    same = [one for day in DAYS for one in hosts(day, CDN, 4)]
    short = [*hosts(first, HOSTING, 4), *hosts(second, HOSTING, 1), *hosts(ALONE[0], HOSTING, 7)]
    marts, truth = published(models, [*same, *short, *(one for day in later for one in hosts(day, HOSTING, 4))])
    assert told(marts, "network_type") == {"cdn": 4, "hosting": None}
    assert leaks(marts, truth) == []


def test_a_small_region_leaves_its_type_and_the_total_told(models: tuple[World, CompiledModels]) -> None:
    """On the days of both quarters one of the CDN's addresses comes by the east, on others four."""
    west = [one for day in DAYS for peer in (CDN, HOSTING) for one in hosts(day, peer, 4)]
    east = [one for day in BOTH for one in hosts(day, CDN, 1, B)] + [
        one for day in ALONE for one in hosts(day, CDN, 4, B)
    ]
    marts, _ = published(models, [*west, *east])
    assert told(marts, "network_type") == {"cdn": 4, "hosting": 4}
    assert told(marts, "total") == {"all": 8}
    assert told(marts, "region") == {"us-east": None, "us-west": None}
    assert told(marts, "region_network_type") == {"us-east/cdn": None, "us-west/cdn": None, "us-west/hosting": 4}
