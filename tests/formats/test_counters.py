"""Which of the bytes and packets that a record tells are its own, and which are those of the other direction."""

import ipaddress
import struct
from pathlib import Path

import pytest

from assets.exports.formats import DecoderState, decode_files
from tests.formats import encoder, ipfix_encoder
from tests.formats.decoding import decode
from tests.formats.encoder import flow_set, pcap
from tests.formats.ipfix_encoder import ipfix

SHARED = Path(__file__).parents[3] / "shared" / "conformance"
SRC, DST = "198.51.100.7", "203.0.113.9"
ENDS = ipaddress.ip_address(SRC).packed + ipaddress.ip_address(DST).packed
EXPORTER = bytes(10) + b"\xff\xff" + ipaddress.ip_address("192.0.2.1").packed
PORTS = struct.pack(">HH", 50000, 443)
NSEL = [(8, 4), (12, 4), (7, 2), (11, 2), (231, 4), (232, 4)]
BOTH = [(8, 4), (12, 4), (1, 4), (2, 4), (23, 4), (24, 4)]
NPROBE_V9, NPROBE_IPFIX = (57_590, 2), (110, 2, 35632)
Ways = list[tuple[str, int | None, int | None]]


def ways(rows: list[dict[str, object]]) -> Ways:
    """From where each flow goes, its bytes and packets."""
    return [
        (str(ipaddress.ip_address(bytes(row["src_addr"])[12:])), row["bytes"], row["packets"])  # type: ignore[call-overload, misc]
        for row in rows
    ]


def v9(fields: list[tuple[int, int]], *records: bytes) -> bytes:
    return encoder.v9(encoder.template(256, fields), flow_set(256, b"".join(records)))


def test_an_initiator_and_a_responder_are_two_flows(tmp_path: Path) -> None:
    rows, _ = decode(tmp_path, pcap(v9(NSEL, ENDS + PORTS + struct.pack(">II", 500, 9000))))
    assert ways(rows) == [(SRC, 500, None), (DST, 9000, None)]
    assert [(row["src_port"], row["dst_port"]) for row in rows] == [(50000, 443), (443, 50000)]


def test_with_packets_of_both(tmp_path: Path) -> None:
    fields = [*NSEL, (298, 4), (299, 4)]
    rows, _ = decode(tmp_path, pcap(v9(fields, ENDS + PORTS + struct.pack(">IIII", 500, 9000, 5, 7))))
    assert ways(rows) == [(SRC, 500, 5), (DST, 9000, 7)]


def test_a_responder_that_said_nothing_is_no_flow(tmp_path: Path) -> None:
    """Of three records the second saw an answer of packets without bytes being told, the third of nothing."""
    fields = [*NSEL, (298, 4), (299, 4)]
    records = [ENDS + PORTS + struct.pack(">IIII", *told) for told in ((5, 6, 1, 1), (50, 0, 1, 2), (500, 0, 5, 0))]
    rows, _ = decode(tmp_path, pcap(v9(fields, *records)))
    assert sorted(ways(rows)) == [(SRC, 5, 1), (SRC, 50, 1), (SRC, 500, 5), (DST, 0, 2), (DST, 6, 1)]


@pytest.mark.skipif(not SHARED.exists(), reason="../shared/conformance, which holds the capture, is not there")
def test_all_bytes_of_a_real_asa_count() -> None:
    folder = SHARED / "logstash-codec-netflow"
    names = [f"netflow9_test_cisco_asa_1_{name}.dat" for name in ("tpl", "data")]
    rows = [
        row for batch in decode_files([folder / name for name in names], DecoderState()) for row in batch.to_pylist()
    ]
    assert [row["bytes"] for row in rows if row["bytes"] != 56] == [160]
    assert (len(rows), sum(row["bytes"] for row in rows)) == (14, 13 * 56 + 160)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((1500, 3, 0, 0), (SRC, 1500, 3)),
        ((0, 0, 1500, 3), (SRC, 1500, 3)),
        ((0, 0, 0, 0), (SRC, 0, 0)),
        ((1500, 3, 1400, 3), (SRC, 1500, 3)),
    ],
    ids=["only in", "only out", "none", "behind a middlebox"],
)
@pytest.mark.parametrize("turned", [False, True], ids=["in first", "out first"])
def test_of_in_and_out_the_one_above_zero_is_the_record_s(
    tmp_path: Path, told: tuple[int, ...], expected: tuple[str, int, int], turned: bool
) -> None:
    fields, values = (BOTH, told) if not turned else ([*BOTH[:2], *BOTH[4:], *BOTH[2:4]], told[2:] + told[:2])
    rows, _ = decode(tmp_path, pcap(v9(fields, ENDS + struct.pack(">IIII", *values))))
    assert ways(rows) == [expected]


def test_out_counters_alone_are_the_record_s(tmp_path: Path) -> None:
    rows, _ = decode(tmp_path, pcap(v9([*BOTH[:2], (23, 4), (24, 4)], ENDS + struct.pack(">II", 1500, 3))))
    assert ways(rows) == [(SRC, 1500, 3)]


def test_what_is_left_out_is_told_with_its_share(tmp_path: Path) -> None:
    """Of 900 + 100 bytes of the record with both, 10% are left out; records with one counter are not such records."""
    records = [ENDS + struct.pack(">IIII", *told) for told in ((900, 9, 100, 1), (70_000, 50, 0, 0))]
    rows, state = decode(tmp_path, pcap(v9(BOTH, *records)))
    assert sum(row["bytes"] for row in rows) == 70_900
    (problem,) = state.outcomes[0].problems
    assert "OUT_BYTES beside IN_BYTES, 10.0% of the bytes" in problem
    assert "out_counters = reverse" in problem


def test_an_exporter_whose_row_says_reverse_has_two_flows(tmp_path: Path) -> None:
    records = [ENDS + struct.pack(">IIII", *told) for told in ((900, 9, 100, 1), (0, 0, 50, 1), (30, 1, 0, 0))]
    state = DecoderState(out_counters={EXPORTER: "reverse"})
    rows, state = decode(tmp_path, pcap(v9(BOTH, *records)), state)
    assert sorted(ways(rows)) == [(SRC, 30, 1), (SRC, 50, 1), (SRC, 900, 9), (DST, 100, 1)]
    assert state.outcomes[0].problems == []
    rows, _ = decode(tmp_path, pcap(v9(BOTH, *records), sender="192.0.2.2"), state)
    assert len(rows) == 3


def of_nprobe(version: int) -> bytes:
    record = ENDS + struct.pack(">IIII", 900, 9, 100, 1) + bytes(2)
    if version == 9:
        return v9([*BOTH, NPROBE_V9], record)
    return ipfix(ipfix_encoder.template(256, [*BOTH, NPROBE_IPFIX]), flow_set(256, record))


@pytest.mark.parametrize("version", [9, 10])
def test_of_nprobe_s_templates_they_are_the_other_direction(tmp_path: Path, version: int) -> None:
    rows, state = decode(tmp_path, pcap(of_nprobe(version)))
    assert ways(rows) == [(SRC, 900, 9), (DST, 100, 1)]
    assert state.outcomes[0].problems == []


@pytest.mark.parametrize("version", [9, 10])
def test_unless_the_exporter_s_row_says_otherwise(tmp_path: Path, version: int) -> None:
    rows, _ = decode(tmp_path, pcap(of_nprobe(version)), DecoderState(out_counters={EXPORTER: "post"}))
    assert ways(rows) == [(SRC, 900, 9)]


def test_the_last_standard_field_is_none_of_nprobe_s(tmp_path: Path) -> None:
    rows, _ = decode(tmp_path, pcap(v9([*BOTH, (57_471, 2)], ENDS + struct.pack(">IIII", 900, 9, 100, 1) + bytes(2))))
    assert ways(rows) == [(SRC, 900, 9)]


@pytest.mark.parametrize("size", [4, 8])
def test_octets_of_layer_2_count_where_there_are_no_others(tmp_path: Path, size: int) -> None:
    layout = ipfix_encoder.template(256, [(8, 4), (12, 4), (352, size), (2, 4)])
    data = flow_set(256, ENDS + (1514).to_bytes(size, "big") + struct.pack(">I", 1))
    assert ways(decode(tmp_path, pcap(ipfix(layout, data)))[0]) == [(SRC, 1514, 1)]
    layout = ipfix_encoder.template(256, [(8, 4), (12, 4), (352, 4), (1, 4)])
    data = flow_set(256, ENDS + struct.pack(">II", 1514, 1500))
    assert ways(decode(tmp_path, pcap(ipfix(layout, data)))[0]) == [(SRC, 1500, None)]


def test_a_responder_s_bytes_beside_counters_of_the_flow_s_own(tmp_path: Path) -> None:
    """A flow's own counters (1, 2) are those of the initiator, too."""
    fields = [(8, 4), (12, 4), (1, 4), (2, 4), (232, 4), (299, 4)]
    rows, _ = decode(tmp_path, pcap(v9(fields, ENDS + struct.pack(">IIII", 500, 5, 9000, 7))))
    assert ways(rows) == [(SRC, 500, 5), (DST, 9000, 7)]


def test_sums_of_both_beside_what_each_sent_are_not_counted_too(tmp_path: Path) -> None:
    fields = [(8, 4), (12, 4), (1, 4), (231, 4), (232, 4)]
    rows, _ = decode(tmp_path, pcap(v9(fields, ENDS + struct.pack(">III", 110, 60, 50))))
    assert ways(rows) == [(SRC, 60, None), (DST, 50, None)]


def test_a_pair_without_its_other_counter_is_judged_by_itself(tmp_path: Path) -> None:
    fields = [(8, 4), (12, 4), (1, 4), (2, 4), (23, 4)]
    rows, _ = decode(tmp_path, pcap(v9(fields, ENDS + struct.pack(">III", 0, 3, 64))))
    assert ways(rows) == [(SRC, 64, 3)]


def test_total_octets_of_layer_2_are_running_totals(tmp_path: Path) -> None:
    layout = ipfix_encoder.template(256, [(8, 4), (12, 4), (353, 8)])
    told = [flow_set(256, ENDS + struct.pack(">Q", total)) for total in (1000, 1500)]
    messages = [ipfix(layout, told[0]), ipfix(told[1], sequence=1, seconds=encoder.CLOCK + 60)]
    assert [octets for _, octets, _ in ways(decode(tmp_path, pcap(*messages))[0])] == [1000, 500]
