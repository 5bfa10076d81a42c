"""Numbers that a day, a quarter or a map could cut in two: elephants at midnight, maps after the last export."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from compiled_models import CompiledModels
from shape_cases import CDN, EXPORTERS, HOSTING, NEOCLOUD, A, write_operator
from shape_cases import ORIGINS as SHAPES
from warehouse_cases import Rows
from world import World, health, record

from assets.exports.formats._export_health import EXPORT_HEALTH
from assets.exports.formats._flow_record import FLOW_RECORD

BEFORE, EVE, DAY, IN_JUNE = date(2026, 3, 10), date(2026, 5, 10), date(2026, 5, 11), date(2026, 6, 10)
# The fortieth day of its quarter, as EVE is.
MATCHED = date(2026, 2, 9)
# In a quarter that runs, whatever day it is.
AHEAD = date(2099, 5, 10)
TERABIT = 10**12
WANTED = [
    "elephant_flows",
    "ai_workflows",
    "network_types_by_quarter",
    "quarter_over_quarter",
    "network_type_quarterly",
    "magnitude_monthly",
]
DECISIONS = """
prefix,asn,organisation,network_type,reason,author,decided_on,expires_on
,410001,,hosting,decided after the last export,tests,2026-06-20,2026-06-30
,410002,,cdn,over before the quarter ended,tests,2026-06-20,2026-06-29
,410003,,cdn,in force on the newest day,tests,2099-05-10,
,410004,,cdn,the day has not come,tests,2099-05-11,
,410005,,cdn,found out,tests,2026-04-01,2026-12-31
,410006,,hosting,found out,tests,2026-04-01,2026-12-31
,410008,,neocloud,found out,tests,2026-04-01,2026-12-31
,23112,,isp_tier1,found out,tests,2026-04-01,2026-12-31
"""


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, CompiledModels]:
    """The second world's operator, and all that leads to elephants and workflows of two days."""
    folder = tmp_path_factory.mktemp("numbers")
    world = World(folder, write_operator(folder / "operator"), SHAPES)
    (world.operator_folder / "overrides.csv").write_text(DECISIONS.lstrip())
    (world.operator_folder / "exporters.csv").write_text(EXPORTERS.lstrip().replace("1800", "3600"))
    world.write_registries()
    days, quarters = [MATCHED, BEFORE, EVE, DAY, IN_JUNE, AHEAD], ["2026Q1", "2026Q2", "2099Q2"]
    return world, CompiledModels(world, days, quarters, wanted=WANTED)


def run(
    models: tuple[World, CompiledModels], records: Iterable[dict[str, Any]], bins: Iterable[int] = range(288)
) -> None:
    """The models of these records, and of a router that was heard of in these bins of four days."""
    world, compiled = models
    compiled.run(
        flow_records=pa.Table.from_pylist([world.resolved(one) for one in records], schema=FLOW_RECORD),
        export_health=pa.Table.from_pylist(health([MATCHED, BEFORE, EVE, DAY], bins, A), schema=EXPORT_HEALTH),
    )


def sent(at: str, minutes: int, bits: float, peer: int = 1, ours: int = 1) -> dict[str, Any]:
    return record(
        at, f"{NEOCLOUD}.{peer}", way="egress", seconds=60 * minutes, bytes=int(bits / 8), src_addr=f"192.0.2.{ours}",
        exporter=A,
    )  # fmt: skip


def elephants(models: tuple[World, CompiledModels]) -> Rows:
    return models[1].rows("select elephants, cast(bits as double), seconds_max from marts.elephant_flows order by all")


def test_a_mesh_around_midnight_is_one_workflow(models: tuple[World, CompiledModels]) -> None:
    """31 Gbps from 4 addresses to 10 from 23:45 to 00:15: each pair moves 697.5 Gbit a day, 1.395 Tbit in all."""
    pairs = [(ours, peer) for ours in range(1, 5) for peer in range(1, 11)]
    run(models, [
        sent(f"{day} {clock}:00", 5, 31e9 * 300 / 40, peer, ours)
        for day, clocks in ((EVE, ("23:45", "23:50", "23:55")), (DAY, ("00:00", "00:05", "00:10")))
        for clock in clocks for ours, peer in pairs
    ])  # fmt: skip
    assert elephants(models) == [(40, 55.8 * TERABIT, 1800)]
    assert models[1].rows(
        "select began_at, ended_at, own_addresses, unique_ips, cast(bits as double), bits_per_second_sustained "
        "from marts.ai_workflows"
    ) == [(datetime(2026, 5, 10, 23, 45), datetime(2026, 5, 11, 0, 15), 4, 10, 55.8 * TERABIT, 31e9)]


def test_the_small_part_of_an_elephant_beyond_midnight_belongs_to_it(models: tuple[World, CompiledModels]) -> None:
    run(models, [sent(f"{EVE} 23:25:00", 30, 2 * TERABIT), sent(f"{DAY} 00:00:00", 5, 0.3 * TERABIT)])
    assert elephants(models) == [(1, 2.3 * TERABIT, 2400)]


def test_what_a_long_active_timeout_tells_the_day_after_belongs_to_it(models: tuple[World, CompiledModels]) -> None:
    """The second record is of 23:40 to 00:05, exported on the next day; the first ended at 23:40."""
    run(models, [sent(f"{EVE} 23:20:00", 20, 0.7 * TERABIT), sent(f"{EVE} 23:40:00", 25, 0.7 * TERABIT)])
    assert elephants(models) == [(1, 1.4 * TERABIT, 2700)]


def test_days_apart_are_not_one_elephant(models: tuple[World, CompiledModels]) -> None:
    run(models, [sent(f"{EVE} 10:00:00", 15, 0.6 * TERABIT), sent(f"{DAY} 10:00:00", 15, 0.6 * TERABIT)])
    assert elephants(models) == []
    run(models, [sent(f"{EVE} 23:25:00", 15, 0.6 * TERABIT), sent(f"{DAY} 00:00:00", 15, 0.6 * TERABIT)])
    assert elephants(models) == []


def types_of(models: tuple[World, CompiledModels], quarter: str) -> Rows:
    return models[1].rows(
        "select network_key, network_type, map_on from core.network_types_by_quarter "
        f"where quarter = '{quarter}' and network_key like 'as:41000%' order by all"
    )


def test_the_map_of_a_quarter_is_that_of_its_last_calendar_day(models: tuple[World, CompiledModels]) -> None:
    run(models, [record(f"{DAY} 10:00:00", f"20.{number}.0.1", exporter=A) for number in (1, 2)])
    last = date(2026, 6, 30)
    assert types_of(models, "2026Q2") == [("as:410001", "hosting", last), ("as:410002", "unclassified", last)]


def test_the_map_of_a_quarter_that_runs_is_that_of_today(models: tuple[World, CompiledModels]) -> None:
    run(models, [record(f"{AHEAD} 10:00:00", f"20.{number}.0.1", exporter=A) for number in (3, 4)])
    assert types_of(models, "2099Q2") == [("as:410003", "cdn", AHEAD), ("as:410004", "unclassified", AHEAD)]


def reasons(models: tuple[World, CompiledModels], network_type: str) -> set[str]:
    """The metrics of a type whose difference comes of another classification."""
    return {
        metric
        for (metric,) in models[1].rows(
            "select metric from marts.quarter_over_quarter where quarter = '2026Q2' and dimension = 'network_type' "
            f"and member = '{network_type}' and list_contains(reasons, 'classification changed')"
        )
    }


def sizes(day: date, **octets: int) -> list[dict[str, Any]]:
    """A record of each peer, such as n30_4_1 for 30.4.0.1, of so many bytes."""
    return [
        record(f"{day} 10:00:00", f"{one[1:3]}.{one.split('_')[1]}.0.{one.split('_')[2]}", bytes=count, exporter=A)
        for one, count in octets.items()
    ]


def test_more_than_half_a_difference_from_a_new_type_is_its_verdict(models: tuple[World, CompiledModels]) -> None:
    """CDNs: 1000 bytes of one address, then 1070 of it and 930 of three whose network became a CDN: 93%."""
    moved = sizes(EVE, n30_4_1=1070, n20_5_1=310, n20_5_2=310, n20_5_3=310)
    run(models, [*sizes(BEFORE, n30_4_1=1000, n20_5_1=900, n30_6_1=9000), *moved, *sizes(EVE, n30_6_1=9000)])
    assert {"bits", "share_of_bits", "unique_ips", "bits_daily_average", "unique_ips_daily_average"} <= reasons(
        models, "cdn"
    )


def test_magnitude_too(models: tuple[World, CompiledModels]) -> None:
    """From 1000 bytes of one address to 4000 of two, of which one with 3000 is of a network that became a CDN."""
    run(models, [*sizes(BEFORE, n30_4_1=1000, n20_5_1=3000), *sizes(EVE, n30_4_1=1000, n20_5_1=3000)])
    assert {"magnitude", "magnitude_daily_average"} <= reasons(models, "cdn")


def test_less_than_half_is_not(models: tuple[World, CompiledModels]) -> None:
    """Hosts: from 1000 bytes of one address to 1600 of four, and 400 of one whose network became a host."""
    now = sizes(EVE, n30_5_1=700, n30_5_2=300, n30_5_3=300, n30_5_4=300, n20_6_1=400)
    run(models, [*sizes(BEFORE, n30_5_1=1000, n20_6_1=400), *now])
    assert {"bits", "unique_ips"} & reasons(models, "hosting") == set()


def test_less_than_half_is_more_than_chance_where_weeks_are_alike(models: tuple[World, CompiledModels]) -> None:
    """CDNs: 1000 bytes in each of two weeks, then 4000, and 1000 of a network that became one: 2000 of 8000 more."""
    before = [*sizes(MATCHED, n30_4_1=1000, n20_5_1=1000), *sizes(BEFORE, n30_4_1=1000, n20_5_1=1000)]
    run(models, [*before, *sizes(EVE, n30_4_1=4000, n20_5_1=1000), *sizes(DAY, n30_4_1=4000, n20_5_1=1000)])
    assert "bits" in reasons(models, "cdn")
    # With weeks of 8000 and 0 bytes, the difference could be another by more than the 2000 of the network.
    run(models, [*before, *sizes(EVE, n30_4_1=8000, n20_5_1=2000)])
    assert "bits" not in reasons(models, "cdn")


def test_what_moves_in_and_what_moves_out_do_not_cancel(models: tuple[World, CompiledModels]) -> None:
    """A neocloud became a tier 1, a network of as many bytes a neocloud, and a third one grew by 100 bytes."""
    run(models, [
        *sizes(BEFORE, n30_1_1=1000, n30_2_1=1000, n20_8_1=1000), *sizes(EVE, n30_1_1=1000, n30_2_1=1100, n20_8_1=1000)
    ])  # fmt: skip
    assert {"bits", "unique_ips"} <= reasons(models, "neocloud")


def test_the_median_of_sampled_packets_counts_empty_bins(models: tuple[World, CompiledModels]) -> None:
    """Of eight covered bins of two days three have 10, 20 and 30 packets; then of four bins the same three."""
    some = [
        record(f"{EVE} {clock}:00", f"{CDN}.1", packets=packets, exporter=A)
        for clock, packets in (("00:00", 10), ("00:05", 20), ("00:10", 30))
    ]
    median = "select sampled_packets_per_bin_median from marts.network_type_quarterly where network_type = 'cdn'"
    run(models, some, bins=range(4))
    assert models[1].rows(median) == [(0,)]
    run(models, some, bins=range(2))
    assert models[1].rows(median) == [(5,)]


def test_daily_addresses_and_magnitudes_of_a_month(models: tuple[World, CompiledModels]) -> None:
    """In May two days are covered, on one of which two addresses moved 4000 bytes; in June one without health."""
    run(models, [*sizes(EVE, n30_4_1=1000, n30_4_2=3000), *sizes(IN_JUNE, n30_4_3=500)])
    assert models[1].rows(
        "select month, cast(bits as int), unique_ips, magnitude, unique_ips_daily_average, unique_ips_daily_p95, "
        "unique_ips_daily_max, magnitude_daily_average, magnitude_daily_p95, magnitude_daily_max "
        "from marts.magnitude_monthly where network_type = 'cdn' order by month"
    ) == [
        (date(2026, 5, 1), 32_000, 2, 16_000, 1, 2, 2, 16_000, 16_000, 16_000),
        (date(2026, 6, 1), 4_000, 1, 4_000, None, None, None, None, None, None),
    ]


def test_the_longest_active_timeout_stands_beside_p95(models: tuple[World, CompiledModels]) -> None:
    """Exporter A has a row with an hour, a stranger none: routers use half an hour by default."""
    run(models, [*sizes(EVE, n30_4_1=1000), record(f"{EVE} 10:00:00", f"{HOSTING}.1", exporter="198.51.100.77")])
    timeouts = "select network_type, active_timeout_s_max from marts.network_type_quarterly order by all"
    assert models[1].rows(timeouts) == [("cdn", 3600), ("hosting", 1800)]


def test_unions_are_compared_over_the_days_that_both_quarters_cover(models: tuple[World, CompiledModels]) -> None:
    """Of two covered days each, the fortieth is both quarters': 1000 bytes of one address, then 4000 of two."""
    before = [*sizes(MATCHED, n30_4_1=1000), *sizes(BEFORE, n30_4_2=1000, n30_4_3=1000)]
    run(models, [*before, *sizes(EVE, n30_4_1=1000, n30_4_5=3000), *sizes(DAY, n30_4_6=1, n30_4_7=1, n30_4_8=1)])
    assert models[1].rows(
        "select metric, previous_value, value from marts.quarter_over_quarter where quarter = '2026Q2' and "
        "dimension = 'network_type' and member = 'cdn' and regexp_matches(metric, '^(unique_ips|magnitude_m)') "
        "and metric not like '%daily%' order by metric"
    ) == [("magnitude_matched_days", 8000, 16_000), ("unique_ips", 3, 5), ("unique_ips_matched_days", 1, 2)]
