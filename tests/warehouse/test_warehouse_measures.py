"""From counters to bits: scaling, rounding, the interval and where it comes from, sampling variance."""

from datetime import date

import pyarrow as pa
import pytest
from compiled_models import CompiledModels
from shape_cases import EXPORTERS, HOSTING, ORIGINS, write_operator
from shape_cases import A as ROUTER
from warehouse_cases import FASTEST_TOLD, B, Query
from world import World, health, record

from assets.exports.formats._export_health import EXPORT_HEALTH
from assets.exports.formats._flow_record import FLOW_RECORD

DAY = "2025-10-05"


def at(minute: int) -> str:
    return f"{DAY} 12:{minute:02}:00"


RECORDS = [
    record(at(0), "20.1.0.1", bytes=1000, sampling_interval=1000.0, packets=4),
    record(at(0), "20.2.0.1", bytes=1, sampling_interval=1.0625),
    record(at(0), "20.3.0.1", bytes=3, sampling_interval=1.1),
    record(at(0), "20.4.0.1", bytes=1518, layer3_bytes=1500, sampling_interval=2.0),
    record(at(0), "20.5.0.1", bytes=7000, packets=7000, is_scaled=True, sampling_interval=1000.0),
    record(at(0), "20.6.0.1", bytes=5000, sampling_interval=None),
    record(at(0), "20.7.0.1", bytes=5, sampling_interval=None, exporter=B),
    record(at(0), "20.8.0.1", bytes=5, sampling_interval=7.0, exporter=B),
    record(at(0), "20.9.0.1", bytes=2**40, in_if=FASTEST_TOLD, sampling_interval=16384.0),
    record(at(0), "20.10.0.1", bytes=900, is_scaled=True, sampling_interval=None),
]


def measured(query: Query, n: int, columns: str = "bits") -> list[tuple[int, ...]]:
    """Columns of the traffic of AS 410000 + n."""
    return query(f"select {columns} from core.placed_traffic_bins where network_key = 'as:' || ?", 410000 + n)


def test_bits_are_bytes_times_eight_times_the_interval(query: Query) -> None:
    assert measured(query, 1) == [(1000 * 8 * 1000,)]


def test_half_a_bit_is_rounded_up(query: Query) -> None:
    assert measured(query, 2) == [(9,)], "1 * 8 * 1.0625 = 8.5"


def test_less_than_half_a_bit_is_rounded_down(query: Query) -> None:
    assert measured(query, 3) == [(26,)], "3 * 8 * 1.1 = 26.4"


def test_layer_3_bytes_come_before_the_frames_length(query: Query) -> None:
    assert measured(query, 4) == [(1500 * 8 * 2,)]


def test_counters_that_were_multiplied_are_not_multiplied_again(query: Query) -> None:
    assert measured(query, 5, "bits, sampled_packets, sampling_interval") == [(7000 * 8, 7, 1000.0)]


def test_an_unknown_interval_is_never_taken_for_one(query: Query) -> None:
    assert measured(query, 6) == []
    addresses = query("select count(*) from core.placed_peer_address_days where network_key = 'as:410006'")
    assert addresses == [(0,)]


def test_counters_that_were_multiplied_by_an_unknown_interval_stay_apart(query: Query) -> None:
    assert measured(query, 10) == []


def test_unknown_intervals_are_accounted_for_unscaled(query: Query) -> None:
    unknown = query(
        "select records, bytes_as_exported from core.conservation where export_on = ? and reason = 'unknown_sampling'",
        DAY,
    )
    assert unknown == [(2, 5900)]


def test_the_operators_row_gives_the_interval_where_the_record_has_none(query: Query) -> None:
    assert measured(query, 7, "bits, sampling_interval") == [(5 * 8 * 100, 100.0)]


def test_the_records_interval_comes_before_the_operators(query: Query) -> None:
    assert measured(query, 8, "bits, sampling_interval") == [(5 * 8 * 7, 7.0)]


def test_large_counters_do_not_overflow(query: Query) -> None:
    assert measured(query, 9) == [(2**40 * 8 * 2**14,)]


def test_variance_of_equal_and_of_largest_packets(query: Query) -> None:
    scale = 1000 * 999 * 64
    assert measured(query, 1, "sampled_packets, bits_variance, bits_variance_upper") == [
        (4, scale * 1000 * 1000 // 4, scale * 1000 * 1500)
    ]


def test_variance_of_multiplied_counters_is_that_of_the_packets_sampled(query: Query) -> None:
    # 7 packets of 1 byte were sampled, and reported as 7000.
    scale = 1000 * 999 * 64
    assert measured(query, 5, "bits_variance, bits_variance_upper") == [(scale * 7 * 7 // 7, scale * 7 * 1500)]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, CompiledModels]:
    """A router whose row tells no interval, and the models of one of its days."""
    folder = tmp_path_factory.mktemp("intervals")
    world = World(folder, write_operator(folder / "operator"), ORIGINS)
    (world.operator_folder / "exporters.csv").write_text(EXPORTERS.lstrip())
    world.write_registries()
    wanted = ["conservation", "network_type_quarterly", "sampling_quarterly"]
    return world, CompiledModels(world, [date(2026, 5, 11)], ["2026Q2"], wanted=wanted)


@pytest.mark.parametrize("is_scaled", [False, True])
@pytest.mark.parametrize(
    ("interval", "reason"),
    [
        (1.0, "published"),
        (2.0**32, "published"),
        (0.0, "unknown_sampling"),
        (0.999, "unknown_sampling"),
        (-5.0, "unknown_sampling"),
        (2.0**32 + 1, "unknown_sampling"),
        (2.0**62, "unknown_sampling"),
        (1e30, "unknown_sampling"),
        (1.1e38, "unknown_sampling"),
        (float("inf"), "unknown_sampling"),
        (float("nan"), "unknown_sampling"),
    ],
)
def test_an_interval_that_none_can_be_is_unknown(
    models: tuple[World, CompiledModels], interval: float, reason: str, *, is_scaled: bool
) -> None:
    """One told of eight bytes, or 1 / samplingProbability, can be any number: one record must end no build."""
    world, compiled = models
    one = record(
        "2026-05-11 12:00:00", f"{HOSTING}.1", exporter=ROUTER, sampling_interval=interval, is_scaled=is_scaled
    )
    compiled.run(
        flow_records=pa.Table.from_pylist([world.resolved(one)], schema=FLOW_RECORD),
        export_health=pa.Table.from_pylist(health([date(2026, 5, 11)], range(288), ROUTER), schema=EXPORT_HEALTH),
    )
    apart = "select reason, cast(sum(bytes_as_exported) as integer) from core.conservation group by all"
    assert compiled.rows(apart) == [(reason, 1000)]
