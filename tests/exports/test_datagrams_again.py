"""A datagram that is delivered again on another day, in a file of another name: it counts once, on the earlier day."""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime

import pytest

from assets.exports.day_inputs import DAY as EXPORT_DAY
from assets.exports.day_inputs import HASHES, HEALTH, LOSSES, RECORDS, sent_on_days
from assets.exports.days import tell_other_days
from assets.exports.decoded_days import make_days
from assets.exports.formats import _heard, _template_cache
from assets.exports.pull import pull_day
from assets.ground.lake import Partition
from assets.ground.progress import SilentProgress
from assets.operator import load_operator
from tests.exports.world import DAY, MONDAY, World
from tests.formats.encoder import ethernet, flow_set, options_template, pcap, template, udp, v5, v5_record, v9
from tests.formats.sflow_encoder import flow_sample, sflow
from tests.formats.test_told_too_late import a_history_that_is_too_long
from tests.fuzz.seeds import pcapng

NOON = int(datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp())
TUESDAY = MONDAY + DAY
ENDS = bytes([198, 51, 100, 7, 203, 0, 113, 9])


def sent(octets: int, second: int | None = None) -> bytes:
    return v5(v5_record(octets=octets), sequence=octets, seconds=NOON + octets if second is None else second)


def make(world: World, *days: date) -> None:
    """Pull and decode days in one run."""
    operator = load_operator(world.operator)
    for day in days:
        pull_day(world.workspace, operator, day)
    tell_other_days(world.workspace.lake)
    make_days(world.workspace.lake, operator, days, SilentProgress())


def counted(world: World) -> dict[str, list[int]]:
    return {day: octets for day, octets in world.counted().items() if octets}


def duplicates(world: World, day: date) -> int:
    return int(sum(world.workspace.lake.read(HEALTH, Partition(EXPORT_DAY, day))["duplicates"].to_pylist()))


def offered(world: World) -> None:
    """Tuesday's file holds one of Monday's datagrams, and one of its own."""
    world.offer("monday.pcap", pcap(sent(1), sent(2)))
    world.offer("tuesday.pcap", pcap(sent(2), sent(3)), day=TUESDAY)


ONCE = {"2026-01-05": [1, 2], "2026-01-06": [3]}


@pytest.mark.parametrize(
    "runs",
    [
        [[MONDAY, TUESDAY]],
        [[MONDAY], [TUESDAY]],
        [[TUESDAY], [MONDAY], [TUESDAY]],
        [[TUESDAY], [MONDAY, TUESDAY], [MONDAY], [TUESDAY]],
    ],
    ids=["together", "one after another", "the later first", "again and again"],
)
def test_it_counts_once_in_whatever_order_days_are_made(world: World, runs: Sequence[Iterable[date]]) -> None:
    offered(world)
    for days in runs:
        make(world, *days)
    assert counted(world) == ONCE
    assert (duplicates(world, MONDAY), duplicates(world, TUESDAY)) == (0, 1)


def test_what_leaves_the_earlier_day_counts_on_the_later(world: World) -> None:
    offered(world)
    make(world, MONDAY, TUESDAY)
    world.offer("monday.pcap", pcap(sent(1)))
    make(world, MONDAY)
    make(world, TUESDAY)
    assert counted(world) == {"2026-01-05": [1], "2026-01-06": [2, 3]}


def test_the_same_bytes_of_another_exporter_are_others(world: World) -> None:
    world.offer("monday.pcap", pcap(sent(1)))
    world.offer("tuesday.pcap", pcap(sent(1), sender="192.0.2.2"), day=TUESDAY)
    make(world, MONDAY, TUESDAY)
    assert counted(world) == {"2026-01-05": [1], "2026-01-06": [1]}


def test_clocks_of_any_day_are_known_again(world: World) -> None:
    """1970, 2106 and every day of 1971 to 1981, delivered on both days."""
    seconds = [0, 2**32 - 1, *(86_400 * day for day in range(365, 4000, 30))]
    payloads = [sent(1 + number, second) for number, second in enumerate(seconds)]
    world.offer("monday.pcap", pcap(*payloads))
    world.offer("tuesday.pcap", pcap(*reversed(payloads)), day=TUESDAY)
    make(world, MONDAY, TUESDAY)
    assert counted(world) == {"2026-01-05": sorted(range(1, 1 + len(seconds)))}
    assert duplicates(world, TUESDAY) == len(seconds)
    lake = world.workspace.lake
    assert lake.read(HASHES, Partition(EXPORT_DAY, TUESDAY)).num_rows == 0
    assert len(sent_on_days(lake, MONDAY)) == len(seconds)


def test_a_capture_beyond_any_clock_is_no_obstacle_to_later_days(world: World) -> None:
    """Samples have no clock but that of their capture, which pcapng counts in any unit."""
    frame = ethernet(udp(sflow(flow_sample()), "192.0.2.1"))
    interface = 1, struct.pack("<HHIHHBxxx", 1, 0, 0, 9, 1, 0)
    times = struct.pack("<IIIII", 0, 2**32 - 1, 2**32 - 1, len(frame), len(frame))
    for day, name in ((MONDAY, "one"), (TUESDAY, "two")):
        comment = (0x0BAD, name.encode())
        world.offer(f"{name}.pcapng", pcapng(interface, (6, times + frame), comment), day=day)
    make(world, MONDAY, TUESDAY)
    assert (duplicates(world, MONDAY), duplicates(world, TUESDAY)) == (0, 1)


def test_sampling_changes_at_midnight_for_the_records_of_the_second_day(world: World) -> None:
    """Told on Monday: 1,000; on Tuesday: 100, in a file that holds a late record of Monday's, too."""
    layouts = template(256, [(8, 4), (12, 4), (1, 4)]), options_template(300, [(1, 4)], [(34, 4)])

    def at(hours: int, *sets: bytes) -> bytes:
        return v9(*sets, seconds=NOON + 3600 * hours, sequence=hours)

    def flows(octets: int) -> bytes:
        return flow_set(256, ENDS + struct.pack(">I", octets))

    told = [flow_set(300, struct.pack(">II", 0, interval)) for interval in (1000, 100)]
    world.offer("1.pcap", pcap(at(0, *layouts, told[0]), at(1, flows(1))))
    world.offer("2.pcap", pcap(at(14, told[1]), at(15, flows(3)), at(2, flows(2))), day=TUESDAY)
    make(world, MONDAY)
    make(world, TUESDAY)
    lake, found = world.workspace.lake, []
    for day in (MONDAY, TUESDAY):
        rows = lake.read(RECORDS, Partition(EXPORT_DAY, day)).to_pylist()
        found += [(row["bytes"], row["sampling_interval"]) for row in rows]
    assert sorted(found) == [(1, 1000.0), (2, 1000.0), (3, 100.0)]


OUT = "exporter,name,site,sampling_interval,as_numbers,metering,active_timeout_s,valid_from,valid_to,out_counters\n"


@pytest.mark.parametrize(("meaning", "octets"), [("reverse", [40, 1500]), ("post", [1500]), ("", [1500])])
def test_the_exporter_s_row_says_what_its_out_counters_are(world: World, meaning: str, octets: list[int]) -> None:
    world.write(world.operator / "exporters.csv", f"{OUT}192.0.2.1,edge-1,,1,ignore,ingress,60,,,{meaning}\n".encode())
    layout = template(256, [(8, 4), (12, 4), (1, 4), (2, 4), (23, 4), (24, 4)])
    data = flow_set(256, ENDS + struct.pack(">IIII", 1500, 3, 40, 1))
    world.offer("1.pcap", pcap(v9(layout, data, seconds=NOON)))
    make(world, MONDAY)
    assert counted(world) == {"2026-01-05": octets}


def test_a_day_that_stays_contradicted_is_made_and_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_template_cache, "MOST_FIELDS", 8)
    monkeypatch.setattr(_template_cache, "HISTORY", 2)
    for number, payload in enumerate(a_history_that_is_too_long()):
        world.offer(f"{number:03}.pcap", pcap(payload))
    make(world, MONDAY)
    assert len(world.counted()["2026-01-05"]) == 61
    losses = world.workspace.lake.read(LOSSES, Partition(EXPORT_DAY, MONDAY)).to_pylist()
    assert [(row["reason"], row["count"]) for row in losses] == [("told_too_late", 1)]


def test_what_a_day_can_not_keep_for_the_next_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_heard, "MOST_BYTES", 100)
    world.offer("a.pcap", pcap(v5(v5_record())))
    operator = load_operator(world.operator)
    pull_day(world.workspace, operator, MONDAY)
    (made,), _ = make_days(world.workspace.lake, operator, [MONDAY], SilentProgress())
    assert [one.partition(",")[0] for one in made.problems] == [
        "2026-01-05: 1 of 1 exporters' domains told more than is kept"
    ]
