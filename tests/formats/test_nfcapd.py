"""nfcapd files, written by an encoder of its own: their columns, faults, cuts and mutations."""

import ipaddress
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.exports.formats import DecoderState, ExportFile, FileOutcome, NotAnExport, decode_files
from tests.formats.nfcapd_encoder import (
    COMPRESSORS,
    ENDED_MS,
    EVENT,
    RECEIVED_MS,
    SAMPLED,
    STARTED_MS,
    block,
    counters,
    exporter,
    extension,
    flow,
    generic,
    ipv4,
    ipv6,
    misc,
    nfcapd_file,
    number_v4,
    number_v6,
    received_v4,
    record,
    sampler,
)

MORE_RUNS = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FULL = flow(
    generic(),
    ipv4(),
    misc(),
    extension(6, struct.pack("<II", 100, 200)),
    extension(7, struct.pack("<II", 64496, 4_200_000_000)),
    extension(10, number_v4("192.0.2.254")),
    received_v4(),
)


def decode(folder: Path, content: bytes, exporter: bytes | None = None) -> tuple[list[dict[str, Any]], FileOutcome]:
    path = folder / "nfcapd.202508051200"
    path.write_bytes(content)
    state = DecoderState()
    rows = [row for batch in decode_files([ExportFile(path, exporter=exporter)], state) for row in batch.to_pylist()]
    return rows, state.outcomes[0]


def address(told: str) -> bytes:
    one = ipaddress.ip_address(told)
    return one.packed if one.version == 6 else b"\0" * 10 + b"\xff\xff" + one.packed


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)


def test_a_record_fills_its_columns(tmp_path: Path) -> None:
    (row,), outcome = decode(tmp_path, nfcapd_file(block(exporter(), FULL)))
    told = {name: value for name, value in row.items() if value is not None}
    assert told == {
        "source_file": "nfcapd.202508051200", "exporter": address("192.0.2.1"), "observation_domain": 7,
        "flow_protocol": "netflow_v9", "received_at": moment(RECEIVED_MS), "start_at": moment(STARTED_MS),
        "end_at": moment(ENDED_MS), "src_addr": address("198.51.100.7"), "dst_addr": address("203.0.113.9"),
        "ip_version": 4, "src_port": 443, "dst_port": 50000, "protocol": 6, "tcp_flags": 0x1B, "tos": 8,
        "bytes": 1500, "packets": 3, "is_scaled": False, "in_if": 11, "out_if": 12, "src_as": 64496,
        "dst_as": 4_200_000_000, "src_mask": 24, "dst_mask": 25, "next_hop": address("192.0.2.254"), "vlan": 100,
        "metering_direction": 1,
    }  # fmt: skip
    assert (outcome.malformed, outcome.problems) == (0, [])


@pytest.mark.parametrize("compression", COMPRESSORS)
def test_every_compression_gives_the_same_records(tmp_path: Path, compression: int) -> None:
    records = [flow(generic(octets=number), ipv4(), received_v4()) for number in range(1, 200)]
    packed = [block(*records[:90], compression=compression), block(*records[90:], compression=compression)]
    rows, outcome = decode(tmp_path, nfcapd_file(*packed, compression=compression))
    assert [row["bytes"] for row in rows] == list(range(1, 200))
    assert outcome.malformed == 0


def test_a_block_may_be_uncompressed_in_a_compressed_file(tmp_path: Path) -> None:
    rows, _ = decode(tmp_path, nfcapd_file(block(FULL, flags=1), block(FULL, compression=3), compression=3))
    assert [row["bytes"] for row in rows] == [1500, 1500]


def test_ipv6_and_records_with_other_extensions_stand_in_one_block(tmp_path: Path) -> None:
    other = flow(
        extension(29, b"payload"),
        ipv6("2001:db8::7", "2001:db8:1::9"),
        generic(),
        extension(11, number_v6("2001:db8::fe")),
        extension(13, number_v6("2001:db8::1")),
        extension(33, struct.pack("<QI", 1, 99)),
        extension(38, struct.pack("<HHHH", 300, 0, 0, 0)),
        version=10,
    )
    v4, v6 = decode(tmp_path, nfcapd_file(block(FULL, other)))[0]
    assert (v4["ip_version"], v4["src_addr"], v4["observation_domain"]) == (4, address("198.51.100.7"), None)
    assert (v6["ip_version"], v6["src_addr"], v6["dst_addr"]) == (6, address("2001:db8::7"), address("2001:db8:1::9"))
    assert (v6["next_hop"], v6["exporter"]) == (address("2001:db8::fe"), address("2001:db8::1"))
    assert (v6["observation_domain"], v6["vlan"], v6["flow_protocol"]) == (99, 300, "ipfix")
    assert (v6["in_if"], v6["src_as"], v6["metering_direction"]) == (None, None, None)


def test_with_its_addresses_alone_a_record_has_nothing_else(tmp_path: Path) -> None:
    (row,), outcome = decode(tmp_path, nfcapd_file(block(flow(ipv4()))))
    assert {row[name] for name in ("bytes", "packets", "received_at", "vlan", "start_at", "src_port")} == {None}
    assert (row["exporter"], outcome.malformed) == (bytes(16), 0)


def test_times_of_zero_are_times_that_nobody_told(tmp_path: Path) -> None:
    (row,), _ = decode(tmp_path, nfcapd_file(block(flow(generic(started_ms=0, ended_ms=0), ipv4()))))
    assert (row["start_at"], row["end_at"], row["received_at"]) == (None, None, moment(RECEIVED_MS))


@pytest.mark.parametrize("told", ["192.0.2.33", "2001:db8::33"])
def test_the_exporter_is_who_sent_it_else_who_the_file_names_else_who_was_given(tmp_path: Path, told: str) -> None:
    given_one = address("192.0.2.77")
    sent, named = flow(generic(), ipv4(), received_v4("192.0.2.5")), flow(generic(), ipv4())
    unnamed = flow(generic(), ipv4(), exporter=2)
    rows, _ = decode(tmp_path, nfcapd_file(block(exporter(address=told), sent, named, unnamed)), given_one)
    assert [row["exporter"] for row in rows] == [address("192.0.2.5"), address(told), given_one]


def test_newer_files_name_exporters_in_network_order(tmp_path: Path) -> None:
    newer = record(7, struct.pack("<I16sHHI", 10, address("192.0.2.33"), 0, 1, 5))
    (row,), _ = decode(tmp_path, nfcapd_file(block(newer, flow(generic(), ipv4(), version=0))))
    assert (row["exporter"], row["observation_domain"]) == (address("192.0.2.33"), 5)
    assert row["flow_protocol"] == "ipfix"


@pytest.mark.parametrize(
    ("version", "protocol"),
    [(5, "netflow_v5"), (9, "netflow_v9"), (10, "ipfix"), (0x85, "sflow_v5"), (0x41, "nfcapd"), (0, "nfcapd")],
)
def test_the_protocol_is_the_exporters(tmp_path: Path, version: int, protocol: str) -> None:
    (row,), _ = decode(tmp_path, nfcapd_file(block(flow(generic(), ipv4(), version=version))))
    assert row["flow_protocol"] == protocol


def test_a_flagged_record_was_multiplied_by_its_sampler(tmp_path: Path) -> None:
    with_sampler = extension(18, struct.pack("<QHH", 3, 1, 0))
    rows, _ = decode(
        tmp_path,
        nfcapd_file(
            block(
                exporter(),
                sampler(-1, packets=1, space=99),
                sampler(3, packets=2, space=7),
                flow(generic(), ipv4(), flags=SAMPLED),
                flow(generic(), ipv4(), with_sampler, flags=SAMPLED),
                flow(generic(), ipv4()),
                flow(generic(), ipv4(), exporter=2),
            )
        ),
    )
    told = [(row["sampling_interval"], row["sampling_source"], row["sampler_id"], row["is_scaled"]) for row in rows]
    assert told == [
        (100.0, "options", None, True),
        (4.5, "options", 3, True),
        (100.0, "options", None, False),
        (None, None, None, False),
    ]
    assert {row["bytes"] for row in rows} == {1500}


def test_a_collectors_own_rate_holds_for_what_it_multiplied_only(tmp_path: Path) -> None:
    both = block(sampler(-2, space=9), flow(generic(), ipv4(), flags=SAMPLED), flow(generic(), ipv4()))
    assert [row["sampling_interval"] for row in decode(tmp_path, nfcapd_file(both))[0]] == [10.0, None]
    over = block(
        sampler(-2, space=9), sampler(-3, space=19), sampler(-1, space=29), flow(generic(), ipv4(), flags=SAMPLED)
    )
    assert [row["sampling_interval"] for row in decode(tmp_path, nfcapd_file(over))[0]] == [20.0]


def test_the_samplers_of_1_7_0_tell_a_plain_interval(tmp_path: Path) -> None:
    old = record(9, struct.pack("<iIHH", -1, 512, 1, 1))
    (row,), _ = decode(tmp_path, nfcapd_file(block(old, flow(generic(), ipv4(), flags=SAMPLED))))
    assert (row["sampling_interval"], row["is_scaled"]) == (512.0, True)


def test_an_sflow_sample_is_one_packet_times_its_rate(tmp_path: Path) -> None:
    sample = flow(generic(octets=1_500_000, packets=1000), ipv4(), flags=SAMPLED, version=0x85)
    (row,), _ = decode(tmp_path, nfcapd_file(block(sample)))
    assert (row["sampling_interval"], row["sampling_source"], row["is_scaled"]) == (1000.0, "record", True)


def test_a_biflow_gives_a_second_flow_with_its_ends_swapped(tmp_path: Path) -> None:
    biflow = flow(generic(), ipv4(), misc(), counters(2, 120), version=10)
    there, back = decode(tmp_path, nfcapd_file(block(biflow)))[0]
    assert (there["bytes"], there["packets"], there["src_addr"]) == (1500, 3, address("198.51.100.7"))
    assert (back["bytes"], back["packets"], back["src_addr"]) == (120, 2, address("203.0.113.9"))
    assert (back["src_port"], back["dst_port"], back["in_if"], back["out_if"]) == (50000, 443, 12, 11)
    assert (back["src_mask"], back["tcp_flags"], back["metering_direction"]) == (25, None, None)
    assert back["start_at"] == there["start_at"]


def test_a_second_count_of_netflow_v9_is_behind_the_exporter(tmp_path: Path) -> None:
    """OUT_BYTES beside IN_BYTES: the same packets; told by the record, or where it tells no version by its exporter."""
    both = flow(generic(), ipv4(), counters(3, 1200))
    older = flow(generic(), ipv4(), counters(3, 1200), version=0)
    rows, outcome = decode(tmp_path, nfcapd_file(block(exporter(version=9), both, older)))
    assert [row["bytes"] for row in rows] == [1500, 1500]
    assert len(outcome.problems) == 1
    assert "OUT_BYTES beside IN_BYTES, 44.4% of the bytes of such records" in outcome.problems[0]
    assert len(decode(tmp_path, nfcapd_file(block(exporter(version=10), older)))[0]) == 2


@pytest.mark.parametrize(("meaning", "counts"), [("reverse", [1500, 1200]), ("post", [1500])])
@pytest.mark.parametrize("version", [9, 10])
def test_the_exporters_row_says_what_the_second_count_is(
    tmp_path: Path, version: int, meaning: str, counts: list[int]
) -> None:
    path = tmp_path / "nfcapd.202508051200"
    path.write_bytes(nfcapd_file(block(exporter(), flow(generic(), ipv4(), counters(3, 1200), version=version))))
    state = DecoderState()
    state.out_counters = {address("192.0.2.1"): meaning}
    rows = [row for batch in decode_files([path], state) for row in batch.to_pylist()]
    assert [row["bytes"] for row in rows] == counts


def test_of_two_families_of_addresses_that_of_zeros_says_nothing(tmp_path: Path) -> None:
    both = flow(generic(), ipv4("0.0.0.0", "0.0.0.0"), ipv6("2001:db8::7", "2001:db8:1::9"))
    real = flow(generic(), ipv4(), ipv6("2001:db8::7", "2001:db8:1::9"))
    rows, _ = decode(tmp_path, nfcapd_file(block(both, real, flow(generic(), ipv4("0.0.0.0", "0.0.0.0")))))
    assert [(row["ip_version"], row["src_addr"]) for row in rows] == [
        (6, address("2001:db8::7")),
        (4, address("198.51.100.7")),
        (4, address("0.0.0.0")),
    ]


def test_records_without_addresses_are_no_flows(tmp_path: Path) -> None:
    """As a wireless controller's, which name stations, and frames without an IP packet, as sfcapd writes them."""
    frame = flow(generic(0), ipv4("0.0.0.0", "0.0.0.0"), flags=SAMPLED, version=0x85)
    (row,), outcome = decode(tmp_path, nfcapd_file(block(flow(generic()), flow(generic(7), ipv4()), frame)))
    assert row["bytes"] == 7
    assert outcome.problems == [
        "nfcapd.202508051200: 2 records name no addresses: they are not IP flows and do not count"
    ]


def test_counters_of_zero_the_other_way_give_no_flow(tmp_path: Path) -> None:
    assert len(decode(tmp_path, nfcapd_file(block(flow(generic(), ipv4(), counters(0, 0)))))[0]) == 1


def test_what_was_counted_on_leaving_only_is_the_flow_itself(tmp_path: Path) -> None:
    (row,), _ = decode(tmp_path, nfcapd_file(block(flow(generic(0, 0), ipv4(), counters(2, 120)))))
    assert (row["bytes"], row["packets"], row["src_addr"]) == (120, 2, address("198.51.100.7"))


def test_events_have_the_counters_that_they_tell(tmp_path: Path) -> None:
    created = flow(generic(0, 0), ipv4(), extension(19, bytes(16)), flags=EVENT)
    torn_down = flow(generic(700, 0), ipv4(), counters(0, 80), flags=EVENT)
    rows, _ = decode(tmp_path, nfcapd_file(block(created, torn_down)))
    assert [(row["bytes"], row["packets"]) for row in rows] == [(None, None), (700, None), (80, None)]


def test_long_runs_and_mixed_sizes_are_all_found(tmp_path: Path) -> None:
    short, long = flow(generic(octets=1), ipv4()), flow(generic(octets=2), ipv6("2001:db8::1", "2001:db8::2"))
    records = [short] * 700 + [long, short] * 5 + [long] * 70 + [short]
    rows, outcome = decode(tmp_path, nfcapd_file(block(*records)))
    assert [row["bytes"] for row in rows] == [1] * 700 + [2, 1] * 5 + [2] * 70 + [1]
    assert outcome.malformed == 0


def test_other_records_and_blocks_are_passed_over(tmp_path: Path) -> None:
    content = nfcapd_file(
        block(record(12, bytes(40)), FULL, record(10, bytes(60))), block(bytes(20), kind=4), block(bytes(8), kind=9)
    )
    rows, outcome = decode(tmp_path, content)
    assert len(rows) == 1
    assert (outcome.malformed, outcome.undecoded_sets) == (0, 2)
    assert outcome.problems == [
        "nfcapd.202508051200: a flow record of nfdump 1.6 (type 10) is passed over; rewrite the file with nfdump 1.7",
        "nfcapd.202508051200: block 3 is of the unknown type 9; passed over",
    ]


def test_what_the_collector_missed_is_told(tmp_path: Path) -> None:
    missed = record(8, struct.pack("<I", 2) + struct.pack("<IIQQ", 1, 3, 90, 900) + struct.pack("<IIQQ", 2, 0, 9, 9))
    _, outcome = decode(tmp_path, nfcapd_file(block(missed, FULL)))
    assert outcome.problems == ["nfcapd.202508051200: its collector counted 3 sequence failures of exporter 1"]
    assert outcome.malformed == 0


def test_a_file_that_is_still_written_is_read_to_its_end(tmp_path: Path) -> None:
    rows, outcome = decode(tmp_path, nfcapd_file(block(FULL), block(FULL), told_blocks=0))
    assert (len(rows), outcome.malformed) == (2, 0)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (nfcapd_file(block(FULL))[:20], "begins with a header of 40 bytes, 20 are there"),
        (nfcapd_file(block(FULL), layout=1), "is an nfcapd file of layout 1, layout 2 is read"),
        (nfcapd_file(block(FULL), layout=3), "is an nfcapd file of layout 3, layout 2 is read"),
        (nfcapd_file(block(FULL), encryption=1), "is an encrypted nfcapd file"),
        (nfcapd_file()[:16] + b"\x07" + nfcapd_file()[17:], "its nfcapd blocks are of compression 7"),
        (b"\xa5\x0c\x00\x02" + bytes(60), "is an nfcapd file of a big-endian machine"),
    ],
)
def test_a_file_that_can_not_be_read_says_why_in_one_line(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(NotAnExport, match=reason) as caught:
        decode(tmp_path, content)
    assert "\n" not in str(caught.value)


def test_a_block_cut_short_gives_its_whole_records(tmp_path: Path) -> None:
    content = nfcapd_file(block(FULL), block(FULL, FULL, FULL))
    rows, outcome = decode(tmp_path, content[: 40 + 12 + len(FULL) + 12 + 2 * len(FULL) + 5])
    assert (len(rows), outcome.malformed) == (3, 1)
    size = 3 * len(FULL)
    assert outcome.problems == [
        f"nfcapd.202508051200: block 2 is cut short: {size - len(FULL) + 5} of {size} bytes; its whole records count"
    ]


def test_a_file_without_its_last_block_says_so(tmp_path: Path) -> None:
    rows, outcome = decode(tmp_path, nfcapd_file(block(FULL), block(FULL))[: 40 + 12 + len(FULL)])
    assert (len(rows), outcome.malformed) == (1, 1)
    assert outcome.problems == ["nfcapd.202508051200: it tells 2 blocks and ends behind block 1"]


def test_a_block_that_can_not_be_decompressed_does_not_stop_the_next(tmp_path: Path) -> None:
    broken = bytearray(block(FULL, compression=4))
    broken[12:20] = bytes(8)
    rows, outcome = decode(tmp_path, nfcapd_file(bytes(broken), block(FULL, compression=4), compression=4))
    assert (len(rows), outcome.malformed) == (1, 1)
    assert outcome.problems[0].startswith("nfcapd.202508051200: block 1 can't be decompressed (")


@pytest.mark.parametrize(
    "faulty",
    [
        flow(generic(), extension(2, bytes(3))),
        flow(generic(), ipv4(), told=3),
        flow(generic(), struct.pack("<HH", 2, 200)),
        record(11, bytes(4)),
    ],
)
def test_a_record_whose_extensions_do_not_fit_is_counted(tmp_path: Path, faulty: bytes) -> None:
    rows, outcome = decode(tmp_path, nfcapd_file(block(FULL, faulty, FULL)))
    assert (len(rows), outcome.malformed) == (2, 1)
    assert outcome.problems == [
        "nfcapd.202508051200: block 1 has 1 flow records whose extensions do not fit; passed over"
    ]


def test_a_record_of_an_impossible_size_ends_its_block(tmp_path: Path) -> None:
    rows, outcome = decode(tmp_path, nfcapd_file(block(FULL, struct.pack("<HH", 11, 2), FULL), block(FULL)))
    assert (len(rows), outcome.malformed) == (2, 1)
    assert outcome.problems == ["nfcapd.202508051200: block 1 tells 3 records, 1 whole ones are there"]


@pytest.mark.parametrize("compression", COMPRESSORS)
def test_cut_at_any_byte_it_gives_records_or_is_no_export(tmp_path: Path, compression: int) -> None:
    packed = block(
        exporter(), sampler(), FULL, flow(generic(), ipv4(), counters(1, 40), version=10), compression=compression
    )
    content = nfcapd_file(packed, packed, compression=compression)
    found = []
    for end in range(len(content)):
        try:
            rows, outcome = decode(tmp_path, content[:end])
        except NotAnExport:
            assert end < 40
            continue
        assert outcome.malformed or end >= 40 + 2 * len(packed)
        found.append(len(rows))
    assert found == sorted(found)
    assert found[-1] == 6


@given(data=st.data(), compression=st.sampled_from(sorted(COMPRESSORS)))
@MORE_RUNS
def test_mutated_bytes_never_raise(tmp_path: Path, data: st.DataObject, compression: int) -> None:
    other = flow(generic(), ipv6("2001:db8::1", "2001:db8::2"), counters(1, 40), flags=SAMPLED)
    packed = block(exporter(), sampler(), *[FULL] * 40, other, compression=compression)
    content = bytearray(nfcapd_file(packed, packed, compression=compression))
    for _ in range(data.draw(st.integers(1, 12))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(tmp_path, bytes(content))
    except NotAnExport as error:
        assert "\n" not in str(error)


COUNTER = st.integers(0, 2**64 - 1)
ENDS = st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4)) | st.tuples(st.ip_addresses(v=6), st.ip_addresses(v=6))


@given(
    flows=st.lists(st.tuples(ENDS, COUNTER, COUNTER, st.integers(1, 2**41), st.booleans()), max_size=80),
    compression=st.sampled_from(sorted(COMPRESSORS)),
)
@MORE_RUNS
def test_records_come_back_as_they_were_written(tmp_path: Path, flows: list[Any], compression: int) -> None:
    records = []
    for (source, destination), octets, packets, started_ms, has_payload in flows:
        ends = (ipv4 if source.version == 4 else ipv6)(str(source), str(destination))
        payload = [extension(29, bytes(octets % 9))] if has_payload else []
        records.append(flow(*payload, ends, generic(octets, packets, started_ms)))
    content = nfcapd_file(block(*records, compression=compression), compression=compression)
    rows, outcome = decode(tmp_path, content)
    assert [(row["src_addr"], row["dst_addr"], row["bytes"], row["packets"], row["start_at"]) for row in rows] == [
        (address(str(source)), address(str(destination)), octets, packets, moment(started_ms))
        for (source, destination), octets, packets, started_ms, _ in flows
    ]
    assert outcome.malformed == 0


def test_the_shared_file_of_a_collector_holds_what_was_sent(tmp_path: Path) -> None:
    shared = Path(__file__).parents[3] / "shared" / "conformance" / "produced" / "nfcapd" / "synth-v9.nfcapd"
    if not shared.exists():
        pytest.skip("../shared/conformance is not beside the project; it holds a file of a real nfcapd")
    rows, outcome = decode(tmp_path, shared.read_bytes())
    assert (len(rows), sum(row["packets"] for row in rows), sum(row["bytes"] for row in rows)) == (
        5000,
        24504,
        13223044,
    )
    assert (outcome.malformed, outcome.problems) == (0, [])
