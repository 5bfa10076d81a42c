"""Flows beside interface counters: half of them is seen, a wrap and a reset are not taken for traffic or for loss."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from assets.ground.lake import Lake
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from checks._bounds import query_rows
from checks._counters import FILE, FOLDER, CountersError, flows_beside_counters

DAY, ROUTER = date(2026, 1, 7), "192.0.2.1"
MIDNIGHT = datetime(2026, 1, 7)
HEADER = "exporter,interface,read_at,in_octets,out_octets\n"
HOUR = 1_000_000
"""Octets of an hour of the flows below."""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A router whose link et-1 carried a million octets an hour both ways, all day, and et-2 nothing."""
    made = Workspace(tmp_path / "operator", tmp_path / "state", tmp_path, Calendar(DAY))
    made.operator_folder.mkdir()
    exporters = [{"exporter_address": ROUTER, "name": "west"}]
    link = {"exporter_address": ROUTER, "speed_bps": 1_000_000_000, "valid_from": None, "valid_to": None}
    links = [
        {**link, "interface": "et-1", "if_index": 7, "role": "external"},
        {**link, "interface": "et-2", "if_index": 8, "role": "external"},
        {**link, "interface": "lag-1", "if_index": 9, "role": "internal"},
    ]
    schema = pa.schema(
        [(name, pa.string()) for name in ("exporter_address", "interface", "role")]
        + [
            ("if_index", pa.uint32()),
            ("speed_bps", pa.uint64()),
            ("valid_from", pa.date32()),
            ("valid_to", pa.date32()),
        ]
    )
    lake: Lake = made.lake
    lake.write(("operator", "exporters"), pa.Table.from_pylist(exporters), fingerprint="one")
    lake.write(("operator", "interfaces"), pa.Table.from_pylist(links, schema=schema), fingerprint="one")
    made.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(made.warehouse) as database:
        database.execute(f"""
            create schema core;
            create table core.exporter_bins as
                select date '{DAY}' as export_on, '{ROUTER}' as exporter, bin_at, 1 as datagrams, true as is_covered
                from unnest(generate_series(timestamp '{MIDNIGHT}', timestamp '{MIDNIGHT}' + interval 1435 minute,
                    interval 5 minute)) as bins (bin_at);
            create table core.placed_traffic_bins as
                select export_on, exporter, 'et-1' as interface, direction, bin_at, 8 * {HOUR} / 12 as bits
                from core.exporter_bins cross join (values ('ingress'), ('egress')) as ways (direction);
        """)
    return made


def readings(*octets: int, interface: str = "et-1", exporter: str = ROUTER, every: int = 60) -> str:
    """A reading each hour from midnight on; both ways the same."""
    moments = [MIDNIGHT + number * timedelta(minutes=every) for number in range(len(octets))]
    return "".join(
        f"{exporter},{interface},{moment},{count},{count}\n" for moment, count in zip(moments, octets, strict=True)
    )


def compared(workspace: Workspace, text: str) -> list[dict[str, Any]]:
    (workspace.operator_folder / FILE).write_text(HEADER + text)
    return query_rows(workspace.warehouse, flows_beside_counters(workspace))


def parts(workspace: Workspace, text: str) -> list[tuple[str, str, float]]:
    return [(row["interface"], row["direction"], round(row["share_off"], 6)) for row in compared(workspace, text)]


def both(share: float) -> list[tuple[str, str, float]]:
    return [("et-1", "egress", share), ("et-1", "ingress", share)]


def counting(first: int = 5_000_000_000_000, step: int = HOUR, count: int = 25) -> list[int]:
    return [first + number * step for number in range(count)]


def test_counters_that_tell_the_same_are_at_no_distance(workspace: Workspace) -> None:
    assert parts(workspace, readings(*counting())) == both(0.0)


@pytest.mark.parametrize(("exporter", "interface"), [("west", "et-1"), (ROUTER, "7")])
def test_routers_go_by_address_or_name_and_interfaces_by_name_or_number(
    workspace: Workspace, exporter: str, interface: str
) -> None:
    assert parts(workspace, readings(*counting(), exporter=exporter, interface=interface)) == both(0.0)


def test_flows_that_are_half_of_the_counters_are_at_one_half(workspace: Workspace) -> None:
    assert parts(workspace, readings(*counting(step=2 * HOUR))) == both(0.5)


def test_an_interface_whose_flows_are_not_exported_is_at_one(workspace: Workspace) -> None:
    text = readings(*counting()) + readings(*counting(), interface="8")
    assert parts(workspace, text) == [("et-2", "egress", 1.0), ("et-2", "ingress", 1.0), *both(0.0)]


def test_what_an_idle_or_internal_interface_counts_is_not_compared(workspace: Workspace) -> None:
    idle = readings(*counting(step=100), interface="et-2") + readings(*counting(), interface="lag-1")
    assert parts(workspace, readings(*counting()) + idle) == both(0.0)


def test_a_counter_that_began_anew_leaves_its_interval_out(workspace: Workspace) -> None:
    """Between the tenth and the eleventh hour nothing is known, and 23 hours are compared."""
    text = readings(*counting(count=10), *counting(first=3, count=15))
    assert parts(workspace, text) == both(0.0)
    [row, _] = compared(workspace, text)
    assert (row["counter_bits"], row["flow_bits"]) == (pytest.approx(23 * 8 * HOUR), pytest.approx(23 * 8 * HOUR))


@pytest.mark.parametrize("size", [2**32, 2**64])
def test_a_counter_that_wraps_goes_on(workspace: Workspace, size: int) -> None:
    wrapping = [count % size for count in counting(first=size - 10 * HOUR - 1)]
    assert min(wrapping) < HOUR
    [row, _] = compared(workspace, readings(*wrapping))
    assert (row["counter_bits"], row["share_off"]) == (pytest.approx(24 * 8 * HOUR), pytest.approx(0, abs=1e-9))


def test_a_jump_that_no_link_can_carry_is_left_out(workspace: Workspace) -> None:
    """A gigabit in an hour is 450 GB at most."""
    jumping = [*counting(count=10), *counting(first=9_000_000_000_000, count=15)]
    assert parts(workspace, readings(*jumping)) == both(0.0)


def test_hours_in_which_no_flows_came_are_told_elsewhere(workspace: Workspace) -> None:
    with duckdb.connect(workspace.warehouse) as database:
        for table in ("placed_traffic_bins", "exporter_bins"):
            database.execute(f"delete from core.{table} where hour(bin_at) between 6 and 11")
    assert parts(workspace, readings(*counting())) == both(0.0)


def test_a_few_hours_are_not_compared(workspace: Workspace) -> None:
    assert compared(workspace, readings(*counting(count=6))) == []
    assert parts(workspace, readings(*counting(count=7))) == both(0.0)


def test_readings_at_other_minutes_than_bins_are_shared_out(workspace: Workspace) -> None:
    """Each reading comes half a minute into a bin."""
    shifted = readings(*counting(step=HOUR // 12, count=280), every=5).replace(":00,", ":30,")
    assert [round(share, 4) for *_, share in parts(workspace, shifted)] == [0.0, 0.0]


def test_epochs_and_times_with_a_zone_are_moments_too(workspace: Workspace) -> None:
    epoch = int((MIDNIGHT - datetime(1970, 1, 1)).total_seconds())
    text = "".join(f"west,et-1,{epoch + 3600 * n},{n * HOUR},{n * HOUR}\n" for n in range(25))
    assert parts(workspace, text) == both(0.0)
    zoned = readings(*counting()).replace(":00,", ":00+00:00,")
    assert parts(workspace, zoned) == both(0.0)


def test_compressed_files_of_a_folder_count_with_the_single_one(workspace: Workspace) -> None:
    import gzip

    first, second = counting()[:13], readings(*counting()).splitlines(keepends=True)[13:]
    (workspace.operator_folder / FOLDER).mkdir()
    packed = workspace.operator_folder / FOLDER / "later.csv.gz"
    packed.write_bytes(gzip.compress((HEADER + "".join(second)).encode()))
    assert parts(workspace, readings(*first)) == both(0.0)


def test_what_cant_be_read_or_fits_no_interface_is_told(workspace: Workspace) -> None:
    rows = compared(workspace, readings(*counting()) + "west,et-1,yesterday,5,\n")
    assert [(row["what"], row["share_off"]) for row in rows][:1] == [(f"{FILE} has yesterday,5", None)]
    rows = compared(workspace, readings(*counting(), interface="et-99"))
    assert [row["what"] for row in rows] == ["no reading is of an external interface of interfaces.csv"]


def test_a_file_with_other_columns_is_refused_by_name(workspace: Workspace) -> None:
    (workspace.operator_folder / FILE).write_text("router,octets\nwest,5\n")
    with pytest.raises(CountersError, match=r"interface_counters\.csv: lacks exporter, interface, read_at"):
        flows_beside_counters(workspace)


def test_without_a_file_nothing_is_compared(workspace: Workspace) -> None:
    assert query_rows(workspace.warehouse, flows_beside_counters(workspace)) == []
