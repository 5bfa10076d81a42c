"""What is withheld stays so for who knows where networks are: routers' sampling, a link's region, their country.

Belongs here: by hand, what a table would give away with such knowledge. Does not belong here: what tables give away
by themselves (test_warehouse_withheld).
"""

from collections.abc import Callable
from typing import Any

import pytest
from compiled_models import CompiledModels
from random_worlds import BOTH, EXPORT_DAYS, PLAIN, QUARTERS, SAMPLED, made_world
from withheld_worlds import MARTS, published
from world import World, record

Ask = Callable[[str], list[tuple[Any, ...]]]
NOON = "2026-01-31 12:00:00"
NEOCLOUD, HYPERSCALER, CDN, ISP = "30.1.0", "30.3.0", "30.4.0", "30.6.0"
MIGRATION = 3


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, CompiledModels]:
    world = made_world(tmp_path_factory.mktemp("aside"))
    return world, CompiledModels(world, EXPORT_DAYS, QUARTERS, wanted=MARTS)


@pytest.fixture
def ask(models: tuple[World, CompiledModels]) -> Callable[..., Ask]:
    """Publish records with at least three addresses a cell, and ask what is published."""

    def publish(records: list[dict[str, Any]], dominance: float = 0.9) -> Ask:
        published(*models, records, minimum=3, dominance=dominance)
        return models[1].rows

    return publish


def hosts(
    network: str, count: int, exporter: str = PLAIN, octets: int = 1000, at: str = NOON, **columns: Any
) -> list[dict[str, Any]]:
    """A record of each of so many hosts of a network."""
    interval = 100.0 if exporter == SAMPLED else 1.0
    return [
        record(at, f"{network}.{n}", exporter=exporter, bytes=octets, **{"sampling_interval": interval, **columns})
        for n in range(1, count + 1)
    ]


def test_a_region_that_is_withheld_is_not_what_its_routers_sampling_leaves(ask: Callable[..., Ask]) -> None:
    """Only the east samples 1 in 100: of these bits the ISP has 240,000, and one neocloud address the rest."""
    records = [
        *hosts(ISP, 3),
        *hosts(ISP, 3, SAMPLED, octets=100),
        *hosts(NEOCLOUD, 4),
        *hosts(NEOCLOUD, 1, SAMPLED, octets=70),
    ]
    rows = ask(records)("select sampling_interval, bits, share_of_bits from marts.sampling_quarterly order by all")
    assert rows == [(1.0, None, None), (100.0, None, None)]


def test_intervals_are_told_where_nothing_is_withheld_and_one_is_told_by_the_whole(ask: Callable[..., Ask]) -> None:
    records = [*hosts(ISP, 3), *hosts(ISP, 3, SAMPLED, octets=100)]
    query = "select sampling_interval, bits from marts.sampling_quarterly order by all"
    assert ask(records)(query) == [(1.0, 24_000), (100.0, 240_000)]
    assert ask([*hosts(ISP, 4), *hosts(NEOCLOUD, 1)])(query) == [(1.0, 40_000)]


def test_a_country_counts_no_network_that_is_withheld(
    ask: Callable[..., Ask], models: tuple[World, CompiledModels]
) -> None:
    """Registries tell everyone that AS714 and a cloud of its type are in one country, and which others are."""
    database = models[1].database
    database.execute("update registry.address_ranges set country = 'IS' where origin_as in (714, 577)")
    records = [*hosts(ISP, 5), *hosts(HYPERSCALER, 2), *hosts("40.1.0", 7), *hosts(NEOCLOUD, 9), *hosts(CDN, 4)]
    query = ask(records, dominance=1)
    networks = dict(query("select network_key, bits from marts.network_quarterly where network_type = 'hyperscaler'"))
    assert networks["as:714"] is None and networks["withheld"] == 72_000
    told = dict(query("select country, bits from marts.country_quarterly"))
    assert told == {"IS": 40_000, "US": 72_000, "unknown": 32_000, "withheld": 72_000}
    whole = query("select sum(bits) from marts.network_type_quarterly")
    assert query("select sum(bits) from marts.country_quarterly") == whole


def test_links_are_withheld_with_links_of_their_region(ask: Callable[..., Ask]) -> None:
    """A link's key names its router: of the west, all links but the small one would tell the small one."""
    records = [
        *hosts(CDN, 9),
        *hosts(ISP, 5, octets=9000, in_if=MIGRATION),
        *hosts(ISP, 2, BOTH, octets=100, in_if=MIGRATION, metering_direction=0),
        *hosts(ISP, 3, SAMPLED, octets=10, in_if=MIGRATION),
    ]
    rows = ask(records)(
        "select network_key, bits is not null from marts.network_quarterly where network_type = 'migration' "
        "order by all"
    )
    assert rows == [("link:n1/mig-3", False), ("link:n2/mig-3", True), ("link:n3/mig-3", False), ("withheld", True)]


def test_a_withheld_workflow_does_not_tell_when(ask: Callable[..., Ask]) -> None:
    """Two hosts each exchange 200 GB with two of us within 20 minutes; of four hosts the same may be told."""
    mesh = [
        record(NOON, f"{network}.{n}", exporter=PLAIN, dst_addr=ours, seconds=1200, bytes=200 * 10**9)
        for network, count in ((NEOCLOUD, 2), (CDN, 4))
        for n in range(1, count + 1)
        for ours in ("192.0.2.1", "192.0.2.2")
    ]
    rows = ask([*mesh, *hosts(NEOCLOUD, 9), *hosts(ISP, 9)])(
        "select network_key, is_suppressed, began_at::varchar, ended_at::varchar from marts.ai_workflows order by all"
    )
    assert rows == [
        ("as:23112", True, None, None),
        ("as:2906", False, "2026-01-31 12:00:00", "2026-01-31 12:20:00"),
    ]


def mesh(count: int, at: str) -> list[dict[str, Any]]:
    """So many hosts of a CDN each exchange 200 GB with two of us within 20 minutes."""
    return [
        record(at, f"{CDN}.{n}", exporter=PLAIN, dst_addr=ours, seconds=1200, bytes=200 * 10**9)
        for n in range(1, count + 1)
        for ours in ("192.0.2.1", "192.0.2.2")
    ]


@pytest.mark.parametrize(("in_the_evening", "told"), [(0, 1), (2, 0), (3, 2)])
def test_workflows_leave_no_few_addresses_of_a_networks_elephants(
    ask: Callable[..., Ask], in_the_evening: int, told: int
) -> None:
    """All elephants are in workflows: that of four hosts would leave that of two, which is withheld."""
    query = ask([*mesh(4, NOON), *mesh(in_the_evening, "2026-01-31 18:00:00"), *hosts(ISP, 9), *hosts(NEOCLOUD, 9)])
    assert query("select bits from marts.elephant_flows") == [(3_200 * 10**9 * (4 + in_the_evening),)]
    assert query("select count(bits) from marts.ai_workflows") == [(told,)]


@pytest.mark.parametrize(("on_the_second_day", "told"), [(1, None), (3, 5500.0)])
def test_few_days_do_not_tell_the_one_of_few_addresses(
    ask: Callable[..., Ask], on_the_second_day: int, told: float | None
) -> None:
    """Twice the average of 8,000 bits and of the other day less the maximum is the other day."""
    second = hosts(NEOCLOUD, on_the_second_day, octets=375, at="2026-02-01 12:00:00")
    query = ask([*hosts(NEOCLOUD, 9), *second, *hosts(ISP, 9)])
    daily = "magnitude_daily_average, unique_ips_daily_max is not null"
    of_type = "network_type = 'neocloud'"
    assert query(f"select {daily} from marts.magnitude_quarterly where {of_type}") == [(told, told is not None)]
    assert query(
        "select distinct value from marts.quarter_metrics "
        "where metric = 'magnitude_daily_average' and member = 'neocloud'"
    ) == [(told,)]


@pytest.mark.parametrize(
    ("zone", "later", "is_utc_told"),
    [
        ("America/Phoenix", "2026-03-31 12:00:00", True),
        ("America/Denver", "2026-02-01 12:00:00", True),
        ("America/Denver", "2026-03-31 12:00:00", False),
        ("Asia/Kolkata", "2026-02-01 12:00:00", False),
    ],
)
def test_two_clocks_are_told_where_they_part_no_hour(
    ask: Callable[..., Ask], models: tuple[World, CompiledModels], zone: str, later: str, is_utc_told: bool
) -> None:
    """Denver's clock changes on 8 March, Phoenix' does not, and Kolkata's is half an hour beside."""
    before = models[1].database.execute("select timezone from operator.settings").fetchall()[0]
    models[1].database.execute("update operator.settings set timezone = ?", [zone])
    query = ask([*hosts(ISP, 9), *hosts(ISP, 9, at=later)])
    models[1].database.execute("update operator.settings set timezone = ?", before)
    told = "count(bits_per_second_average) > 0, count(bits_per_second_average_local) > 0"
    where = "where quarter = '2026Q1' and not is_suppressed"
    assert query(f"select {told} from marts.rhythm_quarterly {where}") == [(is_utc_told, True)]


def test_the_reason_of_a_move_names_no_address(ask: Callable[..., Ask], models: tuple[World, CompiledModels]) -> None:
    models[1].database.execute(
        "update operator.overrides set reason = "
        "'203.0.113.9 and 203.0.113.0/28 (2001:db8::9/64, 2001:db8:0:1:2:3:4:5) rent GPUs since 10:15:30'"
    )
    before = [record("2025-12-31 12:00:00", f"20.28.0.{n}", exporter=PLAIN) for n in range(1, 10)]
    query = ask([*before, *hosts("20.28.0", 9), *hosts(ISP, 9)])
    rows = query("select reason from marts.classification_changes")
    assert rows == [("(address) and (address) ((address), (address)) rent GPUs since 10:15:30",)]


def test_concentration_is_of_networks_that_are_told(ask: Callable[..., Ask]) -> None:
    """Two told networks beside two withheld ones: their measures would tell what the withheld ones have."""
    records = [*hosts(HYPERSCALER, 5), *hosts("40.1.0", 2), *hosts(ISP, 9)]
    rows = ask(records)(
        "select network_type, networks, hhi, top_10_share, address_hhi is null from marts.concentration_quarterly "
        "order by all"
    )
    assert rows == [("hyperscaler", None, None, None, True), ("isp_regional", 1, 1.0, 1.0, False)]


def test_addresses_of_told_networks_are_measured_where_they_are_enough(
    ask: Callable[..., Ask], models: tuple[World, CompiledModels]
) -> None:
    """In the east four of six addresses are of networks that are withheld: the index of the others would tell both."""
    ranges = "update registry.address_ranges set origin_as = ? where origin_as = ?"
    models[1].database.execute(ranges, [12076, 410028])
    withheld = [one for net in (HYPERSCALER, "40.1.0") for at in (PLAIN, SAMPLED) for one in hosts(net, 2, at)]
    records = [*withheld, *hosts("20.28.0", 6), *hosts("20.28.0", 2, SAMPLED), *hosts(ISP, 9), *hosts(ISP, 9, SAMPLED)]
    query = ask(records, dominance=1)
    models[1].database.execute(ranges, [410028, 12076])
    rows = query(
        "select region, unique_ips, address_hhi, address_gini, address_entropy, top_10_address_share "
        "from marts.concentration_quarterly where network_type = 'hyperscaler' order by all"
    )
    assert rows == [
        ("us-east", 6, None, None, None, None),
        ("us-west", 10, pytest.approx(1 / 6), 0, pytest.approx(1), 1),
    ]
