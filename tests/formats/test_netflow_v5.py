"""NetFlow v5: every column by hand, its clock, its sampling header, its sequence, and datagrams that are not whole."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.exports.formats import DecoderState, ExportFile, NotAnExport, decode_files
from tests.formats.decoding import decode, health
from tests.formats.encoder import CLOCK, pcap, v5, v5_record

MAPPED = b"\0" * 10 + b"\xff\xff"


def test_a_record_in_every_column(tmp_path: Path) -> None:
    (flow,), _ = decode(tmp_path, pcap(v5(v5_record(), sequence=42, interval=0x4000 | 1000)))
    assert flow["exporter"] == MAPPED + bytes([192, 0, 2, 1])
    assert flow["src_addr"] == MAPPED + bytes([198, 51, 100, 7])
    assert flow["dst_addr"] == MAPPED + bytes([203, 0, 113, 9])
    assert flow["next_hop"] == MAPPED + bytes([192, 0, 2, 254])
    assert (flow["bytes"], flow["packets"], flow["layer3_bytes"]) == (1500, 3, None)
    assert (flow["src_port"], flow["dst_port"], flow["protocol"]) == (443, 50000, 6)
    assert (flow["tcp_flags"], flow["tos"], flow["in_if"], flow["out_if"]) == (0x1B, 8, 11, 12)
    assert (flow["src_as"], flow["dst_as"], flow["src_mask"], flow["dst_mask"]) == (64496, 64497, 24, 25)
    assert (flow["sampling_interval"], flow["sampling_source"]) == (1000.0, "header")
    assert (flow["flow_protocol"], flow["observation_domain"], flow["datagram_sequence"]) == ("netflow_v5", 0, 42)
    assert flow["received_at"].timestamp() == CLOCK
    assert flow["start_at"].timestamp() == CLOCK - 10
    assert flow["end_at"].timestamp() == CLOCK - 5
    assert (flow["ip_version"], flow["vlan"], flow["metering_direction"], flow["is_scaled"]) == (4, None, None, None)
    assert flow["source_file"] == "exports.pcap"


def test_an_interval_of_zero_is_unknown_and_never_one(tmp_path: Path) -> None:
    (flow,), _ = decode(tmp_path, pcap(v5(v5_record(), interval=0)))
    assert (flow["sampling_interval"], flow["sampling_source"]) == (None, None)


def test_times_reach_back_across_the_wrap_of_the_uptime(tmp_path: Path) -> None:
    """The router's uptime wrapped 4 seconds ago; the flow began a second before the wrap."""
    record = v5_record(first=2**32 - 1000, last=1000)
    (flow,), _ = decode(tmp_path, pcap(v5(record, uptime=4000)))
    assert flow["start_at"].timestamp() == CLOCK - 5
    assert flow["end_at"].timestamp() == CLOCK - 3


def test_a_count_beyond_the_datagram_is_malformed_and_its_whole_records_count(tmp_path: Path) -> None:
    flows, state = decode(tmp_path, pcap(v5(v5_record(), v5_record(octets=99)[:30], count=2)))
    assert [flow["bytes"] for flow in flows] == [1500]
    assert state.summary().malformed_datagrams == 1
    assert "its header counts 2 records, 1 are there" in state.outcomes[0].problems[0]
    assert health(state)["malformed"] == 1


def test_a_gap_in_the_sequence_is_lost_flows(tmp_path: Path) -> None:
    _, state = decode(tmp_path, pcap(v5(v5_record(), sequence=0), v5(v5_record(), sequence=8)))
    assert (health(state)["records_lost"], health(state)["records_expected"]) == (7, 9)
    assert not health(state)["is_estimate"]


def test_a_datagram_that_comes_late_repairs_the_loss(tmp_path: Path) -> None:
    first, second, third = (v5(v5_record(octets=n), sequence=n) for n in (0, 1, 2))
    _, state = decode(tmp_path, pcap(first, third, second))
    assert (health(state)["records_lost"], health(state)["data_records"]) == (0, 3)


def test_behind_a_restart_numbers_are_followed_from_the_new_ones(tmp_path: Path) -> None:
    """100, then 0 of an uptime that went back, then 50 where 1 was next."""
    sent = [(100, 9_000_000, 0), (0, 5000, 60), (50, 8000, 63)]
    datagrams = [
        v5(v5_record(first=100, last=200), sequence=sequence, uptime=uptime, seconds=CLOCK + second)
        for sequence, uptime, second in sent
    ]
    _, state = decode(tmp_path, pcap(*datagrams))
    assert health(state)["records_lost"] == 49


def test_a_restart_is_no_loss(tmp_path: Path) -> None:
    before = v5(v5_record(), sequence=500_000, uptime=9_000_000)
    after = v5(v5_record(first=100, last=200), sequence=0, uptime=5000, seconds=CLOCK + 60)
    _, state = decode(tmp_path, pcap(before, after))
    assert health(state)["records_lost"] == 0


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "exports.pcap"
    path.write_bytes(pcap(v5(v5_record(), sequence=0), v5(v5_record(), sequence=1)))
    state = DecoderState()
    rows = sum(batch.num_rows for batch in decode_files([path, path], state))
    assert rows == 2
    assert (health(state)["duplicates"], health(state)["data_records"], health(state)["records_lost"]) == (2, 2, 0)


def test_a_sequence_goes_on_from_one_day_to_the_next(tmp_path: Path) -> None:
    _, monday = decode(tmp_path, pcap(v5(v5_record(), sequence=0)))
    _, tuesday = decode(tmp_path, pcap(v5(v5_record(), sequence=4)), DecoderState.from_bytes(monday.to_bytes()))
    assert health(tuesday)["records_lost"] == 3


def test_a_raw_datagram_takes_its_exporter_from_the_caller(tmp_path: Path) -> None:
    path = tmp_path / "datagram.bin"
    path.write_bytes(v5(v5_record()))
    exporter = MAPPED + bytes([10, 0, 0, 1])
    (batch,) = decode_files([ExportFile(path, exporter=exporter)], DecoderState())
    assert batch.column("exporter").to_pylist() == [exporter]


def test_health_is_kept_by_five_minutes_of_the_header_clock(tmp_path: Path) -> None:
    _, state = decode(tmp_path, pcap(v5(v5_record(), seconds=CLOCK), v5(v5_record(), seconds=CLOCK + 300, sequence=1)))
    bins = state.health_table(date(2025, 8, 5))["bin_at"].to_pylist()
    assert [one.timestamp() for one in bins] == [CLOCK, CLOCK + 300]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    octets=st.integers(0, 2**32 - 1),
    packets=st.integers(0, 2**32 - 1),
    age_ms=st.integers(0, 600_000),
    interval=st.integers(1, 0x3FFF),
)
def test_any_record_comes_back(
    tmp_path_factory: pytest.TempPathFactory, octets: int, packets: int, age_ms: int, interval: int
) -> None:
    record = v5_record(octets=octets, packets=packets, first=600_000 - age_ms, last=600_000)
    (flow,), _ = decode(tmp_path_factory.mktemp("v5"), pcap(v5(record, interval=interval)))
    assert (flow["bytes"], flow["packets"], flow["sampling_interval"]) == (octets, packets, float(interval))
    assert flow["start_at"].timestamp() * 1000 == CLOCK * 1000 - age_ms


@settings(max_examples=150, deadline=None, derandomize=True)
@given(at=st.integers(0, 200), change=st.binary(min_size=0, max_size=6), cut=st.integers(0, 8))
def test_no_mutation_raises(tmp_path_factory: pytest.TempPathFactory, at: int, change: bytes, cut: int) -> None:
    good = pcap(v5(v5_record(), v5_record()))
    try:
        decode(tmp_path_factory.mktemp("v5"), good[:at] + change + good[at + cut :])
    except NotAnExport as error:
        assert "\n" not in str(error)
