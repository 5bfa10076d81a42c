"""The same datagrams give the same records and losses, however a collector cuts, orders, compresses and dates files.

Belongs here: datagrams of all protocols with all that changes on the way, filed at random. Does not belong here: what
is done with files between pulls (test_properties).
"""

import random
import struct
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.exports.day_inputs import DAY as EXPORT_DAY
from assets.exports.day_inputs import HEALTH, RECORDS
from assets.exports.days import tell_other_days
from assets.exports.decoded_days import make_days
from assets.exports.pull import pull_day
from assets.ground.progress import SilentProgress
from assets.operator import load_operator
from tests.exports.world import COMPRESSIONS, DAY, MONDAY, World
from tests.formats import encoder, ipfix_encoder
from tests.formats.encoder import ethernet, flow_set, udp
from tests.formats.ipfix_encoder import ipfix
from tests.formats.packet_encoder import frame, ipv4, tcp
from tests.formats.sflow_encoder import flow_sample, raw_header, sflow

NOON = int(datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp())
STEP_S, STEPS = 2400, 36
DAYS = (MONDAY, MONDAY + DAY)
ENDS = bytes([198, 51, 100, 7, 203, 0, 113, 9])
SAME = {"export_on", "source_file", "plan_as_of", "src_range", "dst_range"}
COUNTED = ("datagrams", "malformed", "data_records", "option_records", "undecoded_sets", "records_expected",
           "records_lost", "samples", "drops")  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """A datagram: by whom, and when (s); `tells`: it has templates, options or totals."""

    sender: str
    second: int
    payload: bytes
    tells: bool = False

    def packet(self) -> bytes:
        content = ethernet(udp(self.payload, self.sender))
        return struct.pack("<IIII", self.second, 0, len(content), len(content)) + content


def netflow_v9() -> list[Sent]:
    """Data before its template and before any sampling; sampling that changes; a template defined anew; loss."""
    first, other = [(8, 4), (12, 4), (1, 4), (2, 4)], [(8, 4), (12, 4), (2, 4), (1, 4)]
    options = encoder.options_template(300, [(1, 4)], [(34, 4)])
    found = []
    for step in range(STEPS):
        sets = {
            2: [encoder.template(256, first)],
            4: [options, flow_set(300, struct.pack(">II", 0, 1000))],
            18: [flow_set(300, struct.pack(">II", 0, 100))],
            27: [encoder.template(256, other)],
        }.get(step, [])
        counters = struct.pack(">II", *((1500 + step, 3) if step < 27 else (3, 1500 + step)))
        second = NOON + step * STEP_S
        sequence = step + 5 * (step > 20)
        payload = encoder.v9(*sets, flow_set(256, ENDS + counters), sequence=sequence, seconds=second)
        found.append(Sent("192.0.2.1", second, payload, tells=bool(sets)))
    return found


def ipfix_of_two_interfaces() -> list[Sent]:
    """Intervals by interface, told after the first records; running totals; loss."""
    records = ipfix_encoder.template(256, [(8, 4), (12, 4), (1, 4), (2, 4), (10, 4)])
    totals = ipfix_encoder.template(257, [(8, 4), (12, 4), (85, 8), (86, 8), (150, 4), (151, 4)])
    scoped = ipfix_encoder.options_template(300, [(10, 4)], [(34, 4)])
    found, sequence = [], 0
    for step in range(STEPS):
        second, told, counted = NOON + 60 + step * STEP_S, [], 3
        if step in {1, 25}:
            told = [records, totals]
        if step in {3, 19}:
            rows = b"".join(struct.pack(">II", number, number * (10 if step == 3 else 50)) for number in (1, 2))
            told, counted = [scoped, flow_set(300, rows)], 5
        flows = b"".join(ENDS + struct.pack(">III", 40 + step, 1, number) for number in (1, 2))
        total = ENDS + struct.pack(">QQII", 1000 * (step + 1), step + 1, NOON, second)
        message = ipfix(
            *told, flow_set(256, flows, padding=False), flow_set(257, total), sequence=sequence, seconds=second
        )
        if step not in {8, 30}:
            found.append(Sent("192.0.2.2", second, message, tells=True))
        sequence += counted
    return found


def netflow_v5() -> list[Sent]:
    """Two records a datagram, a gap of six."""
    found = []
    for step in range(STEPS):
        second = NOON + 120 + step * STEP_S
        pair = [encoder.v5_record(octets=100 + step), encoder.v5_record(octets=200 + step)]
        payload = encoder.v5(*pair, sequence=2 * step + 6 * (step > 11), seconds=second, interval=64)
        found.append(Sent("192.0.2.3", second, payload))
    return found


def sflow_v5() -> list[Sent]:
    """A sample of each of two sources a datagram, drops, and datagrams that went missing."""
    header = frame(0x800, ipv4(tcp(0x1B), 6))
    found = []
    for step in range(STEPS):
        samples = [
            flow_sample(raw_header(header, 100 + step), sequence=step, source=source, drops=step // 7, rate=512)
            for source in (1, 2)
        ]
        if step not in {15, 16}:
            payload = sflow(*samples, sequence=step, uptime=STEP_S * 1000 * step)
            found.append(Sent("192.0.2.4", NOON + 180 + step * STEP_S, payload))
    return found


def sent() -> list[Sent]:
    """All datagrams in the order of sending; two of them are delivered once more, at once and half a day later."""
    v9, by_interface = netflow_v9(), ipfix_of_two_interfaces()
    everything = [*v9, *by_interface, *netflow_v5(), *sflow_v5(), v9[6]]
    everything.sort(key=lambda one: one.second)
    return [*everything[:100], by_interface[2], *everything[100:]]


ALL = sent()
PCAP = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


@dataclass(frozen=True)
class Filing:
    """How datagrams are filed: where the days are cut, into how many files, and by what chance."""

    cut: int
    files: int
    seed: int
    is_late: bool = False

    def offer(self, world: World) -> None:
        """Write the files; in each the datagrams stand as they came."""
        chance = random.Random(self.seed)
        filed: dict[tuple[int, int], list[bytes]] = {}
        for place, one in enumerate(ALL):
            day = int(place >= self.cut)
            day += chance.randrange(2) if self.is_late and not one.tells and not day else 0
            filed.setdefault((day, chance.randrange(self.files)), []).append(one.packet())
        for (day, _), packets in filed.items():
            suffix = chance.choice(["", "", *COMPRESSIONS])
            content = COMPRESSIONS.get(suffix, bytes)(PCAP + b"".join(packets))
            world.offer(f"{chance.randrange(10**9)}.pcap{suffix}", content, day=DAYS[day])


ONE_FILE = Filing(cut=len(ALL), files=1, seed=0)


class Made(NamedTuple):
    """All flow records by what they say, and the sums of health by exporter, stream, bin and count."""

    records: Counter[tuple[tuple[str, Any], ...]]
    health: Counter[tuple[object, ...]]

    def __repr__(self) -> str:
        return f"{self.records.total()} records"


def make(world: World, asked: list[date]) -> None:
    """Pull and decode days in one run."""
    workspace, operator = world.workspace, load_operator(world.operator)
    for day in asked:
        pull_day(workspace, operator, day)
    tell_other_days(workspace.lake)
    make_days(workspace.lake, operator, asked, SilentProgress())


def made(filing: Filing, folder: Path, *, one_by_one: bool = False) -> Made:
    """What becomes of the datagrams when they are filed so, the days made in one run or one after another."""
    world = World(folder).begin()
    filing.offer(world)
    for asked in [[one] for one in DAYS] if one_by_one else [list(DAYS)]:
        make(world, asked)
    workspace = world.workspace
    found = Made(Counter(), Counter())
    for partition in workspace.lake.partitions(RECORDS, EXPORT_DAY):
        for row in workspace.lake.read(RECORDS, partition).to_pylist():
            found.records[tuple((name, value) for name, value in row.items() if name not in SAME)] += 1
        for row in workspace.lake.read(HEALTH, partition).to_pylist():
            key = row["exporter"], row["observation_domain"], row["flow_protocol"], row["bin_at"]
            found.health.update({(*key, name): row[name] for name in COUNTED if row[name]})
    return found


@pytest.fixture(scope="module")
def in_one_file(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(ONE_FILE, tmp_path_factory.mktemp("one"))


FILINGS = st.builds(
    Filing, cut=st.integers(0, len(ALL)), files=st.sampled_from([1, 2, 3, 9, 40]), seed=st.integers(0, 10**6)
)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(filing=FILINGS, one_by_one=st.booleans())
def test_cut_ordered_and_compressed_anyhow_the_records_and_losses_are_the_same(
    in_one_file: Made, filing: Filing, one_by_one: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = made(filing, Path(folder), one_by_one=one_by_one)
    assert (found.records - in_one_file.records, in_one_file.records - found.records) == (Counter(), Counter())
    assert (found.health - in_one_file.health, in_one_file.health - found.health) == (Counter(), Counter())


@settings(max_examples=6, deadline=None, derandomize=True)
@given(files=st.integers(1, 5), seed=st.integers(0, 10**6))
def test_datagrams_that_come_a_day_late_are_the_same_records(in_one_file: Made, files: int, seed: int) -> None:
    """Of what was lost they say nothing: what is missing when a day ends is missing."""
    with tempfile.TemporaryDirectory() as folder:
        found = made(Filing(len(ALL), files, seed, is_late=True), Path(folder))
    assert (found.records - in_one_file.records, in_one_file.records - found.records) == (Counter(), Counter())


def test_the_records_are_those_that_were_sent(in_one_file: Made) -> None:
    """So that the property is not one of nothing: counts, intervals and totals by hand."""
    rows = [dict(row) for row in in_one_file.records.elements()]
    intervals = Counter((row["flow_protocol"], row["sampling_interval"], row["sampling_source"]) for row in rows)
    assert intervals["netflow_v9", 1000.0, "options told later"] == 4
    assert (intervals["netflow_v9", 1000.0, "options"], intervals["netflow_v9", 100.0, "options"]) == (14, 18)
    assert sum(row["bytes"] for row in rows if row["flow_protocol"] == "netflow_v9") == sum(range(1500, 1500 + STEPS))
    assert intervals["netflow_v5", 64.0, "header"] == 2 * STEPS
    assert intervals["sflow_v5", 512.0, "record"] == 2 * (STEPS - 2)
    by_interface = Counter((row["in_if"], row["sampling_interval"]) for row in rows if row["flow_protocol"] == "ipfix")
    assert by_interface == {(1, 10.0): 18, (2, 20.0): 18, (1, 50.0): 16, (2, 100.0): 16, (None, None): 34}
    totals = [row for row in rows if row["flow_protocol"] == "ipfix" and row["in_if"] is None]
    assert sum(row["bytes"] for row in totals) == 1000 * STEPS


@pytest.mark.parametrize("files", [1, 2])
def test_a_datagram_without_a_clock_that_is_captured_again_later_counts_once(tmp_path: Path, files: int) -> None:
    """Of sFlow the capture's time is all there is; two captures of one datagram may lie apart."""
    first = sflow_v5()[0]
    later = Sent(first.sender, first.second + 900, first.payload)
    world = World(tmp_path).begin()
    for number, packets in enumerate([[first, later]] if files == 1 else [[first], [later]]):
        world.offer(f"{number}.pcap", PCAP + b"".join(one.packet() for one in packets))
    make(world, [MONDAY])
    assert len(world.counted()[MONDAY.isoformat()]) == 2


@pytest.mark.parametrize("cut", [3, 7, 20])
def test_a_day_that_was_made_alone_is_made_again_for_what_the_next_one_tells(
    in_one_file: Made, tmp_path: Path, cut: int
) -> None:
    """The first day ends before its templates, or before its sampling is told."""
    found = made(Filing(cut, files=1, seed=1), tmp_path, one_by_one=True)
    assert (found.records - in_one_file.records, in_one_file.records - found.records) == (Counter(), Counter())
