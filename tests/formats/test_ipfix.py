"""IPFIX: layouts of fields, templates that go, bidirectional flows, times, sampling, sequences, files of messages."""

import ipaddress
import struct
from pathlib import Path
from typing import Any

import pytest

from assets.exports.formats import DecoderState, decode_files
from tests.formats.decoding import decode, health
from tests.formats.encoder import CLOCK, flow_set, pcap
from tests.formats.ipfix_encoder import REVERSE, VARIABLE, ipfix, ntp, options_template, template, variable, withdrawal

FIELDS = [(8, 4), (12, 4), (1, 4), (2, 4)]
CLOCK_MS = CLOCK * 1000


def ends(src: str = "198.51.100.7", dst: str = "203.0.113.9") -> bytes:
    return ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed


def record(octets: int = 1500, packets: int = 3) -> bytes:
    return ends() + struct.pack(">II", octets, packets)


def ms(moment: Any) -> int:
    return round(moment.timestamp() * 1000)


def test_a_record_in_every_column(tmp_path: Path) -> None:
    fields = [(27, 16), (28, 16), (7, 2), (11, 2), (4, 1), (6, 2), (5, 1), (1, 8), (2, 8), (10, 4), (14, 4), (16, 4),
              (17, 4), (29, 1), (30, 1), (62, 16), (58, 2), (61, 1), (152, 8), (153, 8)]  # fmt: skip
    data = ends("2001:db8::1", "2001:db8::2") + struct.pack(
        ">HHBHBQQIIIIBB", 443, 50000, 6, 0x1B, 8, 2**40, 2**33, 11, 12, 64496, 4_200_000_000, 48, 56
    )
    data += ipaddress.ip_address("2001:db8::fe").packed
    data += struct.pack(">HBQQ", 100, 1, CLOCK_MS - 10_001, CLOCK_MS - 5_002)
    (flow,), _ = decode(tmp_path, pcap(ipfix(template(256, fields), flow_set(256, data), sequence=42)))
    assert flow["src_addr"] == ipaddress.ip_address("2001:db8::1").packed
    assert flow["dst_addr"] == ipaddress.ip_address("2001:db8::2").packed
    assert flow["next_hop"] == ipaddress.ip_address("2001:db8::fe").packed
    assert (flow["src_port"], flow["dst_port"], flow["protocol"], flow["ip_version"]) == (443, 50000, 6, 6)
    assert (flow["tcp_flags"], flow["tos"], flow["bytes"], flow["packets"]) == (0x1B, 8, 2**40, 2**33)
    assert (flow["in_if"], flow["out_if"], flow["src_as"], flow["dst_as"]) == (11, 12, 64496, 4_200_000_000)
    assert (flow["src_mask"], flow["dst_mask"], flow["vlan"], flow["metering_direction"]) == (48, 56, 100, 1)
    assert (ms(flow["start_at"]), ms(flow["end_at"])) == (CLOCK_MS - 10_001, CLOCK_MS - 5_002)
    assert (ms(flow["received_at"]), flow["observation_domain"], flow["datagram_sequence"]) == (CLOCK_MS, 7, 42)
    assert (flow["flow_protocol"], flow["sampling_interval"], flow["layer3_bytes"]) == ("ipfix", None, None)


def test_enterprise_fields_are_passed_over_and_never_taken_for_standard_ones(tmp_path: Path) -> None:
    fields = [(8, 4), (1, 8, 9), (12, 4), (1, 4), (2, 4, 35632)]
    data = ends()[:4] + bytes([255] * 8) + ends()[4:] + struct.pack(">II", 1500, 77)
    (flow,), _ = decode(tmp_path, pcap(ipfix(template(256, fields), flow_set(256, data))))
    assert (flow["bytes"], flow["packets"]) == (1500, None)


@pytest.mark.parametrize("long_form", [False, True], ids=["one byte", "three bytes"])
def test_fields_of_variable_length(tmp_path: Path, long_form: bool) -> None:
    fields = [(8, 4), (82, VARIABLE), (12, 4), (371, VARIABLE, 9), (1, 4)]
    names = [(b"eth0", b""), (b"", b"x" * 300), (b"y" * 254, b"z" * 255)]
    data = b"".join(
        ends()[:4] + variable(name, long_form=long_form) + ends()[4:] + variable(user) + struct.pack(">I", number)
        for number, (name, user) in enumerate(names, 5)
    )
    flows, state = decode(tmp_path, pcap(ipfix(template(256, fields), flow_set(256, data))))
    assert [flow["bytes"] for flow in flows] == [5, 6, 7]
    assert {flow["dst_addr"] for flow in flows} == {b"\0" * 10 + b"\xff\xff" + bytes([203, 0, 113, 9])}
    assert state.summary().data_records == 3


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 7, 8])
def test_reduced_size_encoding(tmp_path: Path, size: int) -> None:
    fields = [(8, 4), (12, 4), (1, size), (10, 1), (16, 2)]
    octets = 2 ** (8 * size) - 2
    data = ends() + octets.to_bytes(size, "big") + struct.pack(">BH", 250, 64496)
    (flow,), _ = decode(tmp_path, pcap(ipfix(template(256, fields), flow_set(256, data, padding=False))))
    assert (flow["bytes"], flow["in_if"], flow["src_as"]) == (octets, 250, 64496)


def test_padding_behind_records_and_in_template_sets_is_no_record(tmp_path: Path) -> None:
    fields = [(8, 4), (12, 4), (1, 3)]
    layouts = flow_set(2, struct.pack(">HH", 256, 3) + b"".join(struct.pack(">HH", *one) for one in fields) + bytes(2))
    flows, state = decode(tmp_path, pcap(ipfix(layouts, flow_set(256, ends() + b"\0\5\xdc"))))
    assert [flow["bytes"] for flow in flows] == [1500]
    assert (state.summary().data_records, state.summary().malformed_datagrams) == (1, 0)


def test_data_before_its_template_waits_for_it(tmp_path: Path) -> None:
    data, late = ipfix(flow_set(256, record())), ipfix(template(256, FIELDS), sequence=1, seconds=CLOCK + 400)
    flows, state = decode(tmp_path, pcap(data, late))
    assert [ms(flow["received_at"]) for flow in flows] == [CLOCK_MS]
    assert (health(state)["undecoded_sets"], health(state)["data_records"], health(state)["records_lost"]) == (0, 1, 0)


def test_a_withdrawn_template_is_forgotten(tmp_path: Path) -> None:
    known = ipfix(template(256, FIELDS), template(257, FIELDS), withdrawal(256))
    flows, state = decode(tmp_path, pcap(known, ipfix(flow_set(256, record(1)), flow_set(257, record(2)))))
    assert [flow["bytes"] for flow in flows] == [2]
    assert (state.summary().templates, state.summary().undecoded_sets) == (1, 1)


@pytest.mark.parametrize(("set_id", "left"), [(2, [300]), (3, [256, 257])], ids=["templates", "options templates"])
def test_all_templates_of_a_kind_can_be_withdrawn(tmp_path: Path, set_id: int, left: list[int]) -> None:
    layouts = template(256, FIELDS), template(257, FIELDS), options_template(300, [(149, 4)], [(34, 4)])
    other = ipfix(*layouts, domain=8)
    _, state = decode(tmp_path, pcap(other, ipfix(*layouts), ipfix(withdrawal(set_id, set_id))))
    known = [(domain.observation_domain, number) for domain, number, _ in state.templates]
    assert known == [*((7, number) for number in left), (8, 256), (8, 257), (8, 300)]


def test_a_withdrawn_template_may_be_defined_anew(tmp_path: Path) -> None:
    narrow = [(8, 4), (12, 4), (1, 1)]
    anew = ipfix(withdrawal(256), template(256, narrow), flow_set(256, ends() + b"\x09", padding=False), sequence=1)
    flows, _ = decode(tmp_path, pcap(ipfix(template(256, FIELDS), flow_set(256, record())), anew))
    assert [flow["bytes"] for flow in flows] == [1500, 9]


BIFLOW = [*FIELDS, (7, 2), (11, 2), (6, 1), (10, 4), (14, 4), (152, 8), (153, 8),
          (1, 4, REVERSE), (2, 4, REVERSE), (6, 1, REVERSE), (152, 8, REVERSE), (153, 8, REVERSE)]  # fmt: skip


def biflow(reverse_octets: int, reverse_packets: int) -> bytes:
    forward = record() + struct.pack(">HHBIIQQ", 50000, 443, 2, 11, 12, CLOCK_MS - 9000, CLOCK_MS - 1000)
    times = CLOCK_MS - 8000, CLOCK_MS - 2000
    return forward + struct.pack(">IIBQQ", reverse_octets, reverse_packets, 18, *times)


def test_a_bidirectional_record_is_two_flows(tmp_path: Path) -> None:
    flows, state = decode(tmp_path, pcap(ipfix(template(256, BIFLOW), flow_set(256, biflow(64_000, 50)))))
    forward, reverse = flows
    assert (forward["bytes"], forward["packets"], forward["src_port"], forward["dst_port"]) == (1500, 3, 50000, 443)
    assert (reverse["bytes"], reverse["packets"], reverse["src_port"], reverse["dst_port"]) == (64_000, 50, 443, 50000)
    assert (forward["tcp_flags"], reverse["tcp_flags"]) == (2, 18)
    assert (reverse["src_addr"], reverse["dst_addr"]) == (forward["dst_addr"], forward["src_addr"])
    assert (reverse["in_if"], reverse["out_if"]) == (12, 11)
    assert (ms(forward["start_at"]), ms(forward["end_at"])) == (CLOCK_MS - 9000, CLOCK_MS - 1000)
    assert (ms(reverse["start_at"]), ms(reverse["end_at"])) == (CLOCK_MS - 8000, CLOCK_MS - 2000)
    assert (state.summary().data_records, state.summary().flows) == (1, 2)


def test_a_bidirectional_record_of_which_nothing_came_back_is_one_flow(tmp_path: Path) -> None:
    flows, _ = decode(tmp_path, pcap(ipfix(template(256, BIFLOW), flow_set(256, biflow(0, 0) + biflow(1, 1)))))
    assert sorted(flow["bytes"] for flow in flows) == [1, 1500, 1500]


START, END = CLOCK_MS - 12_345, CLOCK_MS - 678


@pytest.mark.parametrize(
    ("elements", "start", "end", "expected"),
    [
        ((150, 151), struct.pack(">I", CLOCK - 12), struct.pack(">I", CLOCK), (CLOCK_MS - 12_000, CLOCK_MS)),
        ((152, 153), struct.pack(">Q", START), struct.pack(">Q", END), (START, END)),
        ((154, 155), ntp(START), ntp(END), (START, END)),
        ((156, 157), ntp(START), ntp(END), (START, END)),
        ((158, 159), struct.pack(">I", 12_345_000), struct.pack(">I", 678_000), (START, END)),
    ],
    ids=["seconds", "milliseconds", "microseconds", "nanoseconds", "microseconds before the export"],
)
def test_times(tmp_path: Path, elements: tuple[int, int], start: bytes, end: bytes, expected: tuple[int, int]) -> None:
    fields = [*FIELDS, (elements[0], len(start)), (elements[1], len(end))]
    (flow,), _ = decode(tmp_path, pcap(ipfix(template(256, fields), flow_set(256, record() + start + end))))
    assert (ms(flow["start_at"]), ms(flow["end_at"])) == expected


def test_an_uptime_counts_from_the_boot_that_the_record_tells(tmp_path: Path) -> None:
    fields = [*FIELDS, (22, 4), (21, 4), (160, 8)]
    data = record() + struct.pack(">IIQ", 590_000, 595_000, CLOCK_MS - 600_000)
    (flow,), _ = decode(tmp_path, pcap(ipfix(template(256, fields), flow_set(256, data))))
    assert (ms(flow["start_at"]), ms(flow["end_at"])) == (CLOCK_MS - 10_000, CLOCK_MS - 5_000)


def test_an_uptime_counts_from_the_boot_that_options_tell_even_later(tmp_path: Path) -> None:
    data = record() + struct.pack(">II", 590_000, 595_000)
    boot = options_template(300, [(149, 4)], [(160, 8)]), flow_set(300, struct.pack(">IQ", 7, CLOCK_MS - 600_000))
    first = ipfix(template(256, [*FIELDS, (22, 4), (21, 4)]), flow_set(256, data))
    (flow,), state = decode(tmp_path, pcap(first, ipfix(*boot, sequence=1)))
    assert (ms(flow["start_at"]), ms(flow["end_at"])) == (CLOCK_MS - 10_000, CLOCK_MS - 5_000)
    assert (state.summary().option_records, health(state)["records_lost"]) == (1, 0)


def test_an_uptime_without_a_boot_is_no_time(tmp_path: Path) -> None:
    data = record() + struct.pack(">I", 590_000)
    (flow,), _ = decode(tmp_path, pcap(ipfix(template(256, [*FIELDS, (22, 4)]), flow_set(256, data))))
    assert (flow["start_at"], flow["bytes"]) == (None, 1500)


SELECTED = [*FIELDS, (302, 8)]


@pytest.mark.parametrize(
    ("elements", "told"),
    [
        ((305, 306), {1: (1, 9), 2: (2, 38)}),
        ((309, 310), {1: (1, 10), 2: (5, 100)}),
        ((34, 35), {1: (10, 1), 2: (20, 2)}),
    ],
    ids=["packet interval and space", "size and population", "sampling interval"],
)
@pytest.mark.parametrize("is_scope", [True, False], ids=["selector as scope", "selector as field"])
def test_a_record_takes_the_interval_of_its_selector(
    tmp_path: Path, elements: tuple[int, int], told: dict[int, tuple[int, int]], is_scope: bool
) -> None:
    """1 packet and 9 passed over are 1 of 10, 2 and 38 are 1 of 20; so are 1 of 10 and 5 of 100."""
    numbers = [(elements[0], 4), (elements[1], 4)]
    if is_scope:
        layout = options_template(300, [(302, 8)], numbers)
        rows = b"".join(struct.pack(">QII", selector, *values) for selector, values in told.items())
    else:
        layout = options_template(300, [(149, 4)], [(302, 8), *numbers])
        rows = b"".join(struct.pack(">IQII", 7, selector, *values) for selector, values in told.items())
    data = b"".join(record() + struct.pack(">Q", selector) for selector in (2, 1, 3))
    flows, _ = decode(tmp_path, pcap(ipfix(layout, flow_set(300, rows), template(256, SELECTED), flow_set(256, data))))
    assert [flow["sampling_interval"] for flow in flows] == [20.0, 10.0, None]
    assert [flow["sampling_source"] for flow in flows] == ["options", "options", None]


def test_options_of_another_scope_are_counted_and_change_nothing(tmp_path: Path) -> None:
    """A table of interface names (scope: ingressInterface, of an enterprise too), with names of variable length."""
    layout = options_template(300, [(10, 4), (99, 2, 9)], [(82, VARIABLE), (83, VARIABLE)])
    rows = b"".join(struct.pack(">IH", number, 1) + variable(b"eth0") + variable(b"") for number in (1, 2))
    told = flow_set(300, rows, padding=False)
    flows, state = decode(tmp_path, pcap(ipfix(layout, told, template(256, FIELDS), flow_set(256, record()))))
    assert [(flow["bytes"], flow["sampling_interval"]) for flow in flows] == [(1500, None)]
    assert (state.summary().option_records, state.summary().data_records) == (2, 1)


def following(*numbers: int) -> list[bytes]:
    """Messages with these sequence numbers, each of two records."""
    first = ipfix(template(256, FIELDS), sequence=numbers[0])
    data = flow_set(256, record() + record())
    return [first, *(ipfix(data, sequence=number, seconds=CLOCK + number % 100) for number in numbers)]


@pytest.mark.parametrize(
    ("numbers", "lost"),
    [
        ((1000, 1002, 1004), 0),
        ((1000, 1002, 1010), 6),
        ((1000, 1004, 1002, 1006), 0),
        ((2**32 - 2, 0, 2), 0),
        ((500_000_000, 500_000_002, 10, 12), 0),
    ],
    ids=["in a row", "a gap counts records", "late", "wrap", "restart"],
)
def test_sequence_numbers_count_records(tmp_path: Path, numbers: tuple[int, ...], lost: int) -> None:
    """What came before the first message is unknown, not lost."""
    _, state = decode(tmp_path, pcap(*following(*numbers)))
    told = health(state)
    assert (told["records_lost"], told["records_expected"]) == (lost, 2 * len(numbers) + lost)
    assert not told["is_estimate"]


OPTIONS = options_template(300, [(149, 4)], [(34, 4)])


@pytest.mark.parametrize("counted", [1, 0], ids=["by the standard", "as some exporters do"])
def test_options_records_count_in_the_sequence_or_not(tmp_path: Path, counted: int) -> None:
    told = flow_set(300, struct.pack(">II", 7, 512))
    first = ipfix(OPTIONS, template(256, FIELDS), told, flow_set(256, record()), sequence=10)
    second = ipfix(flow_set(256, record(2)), sequence=11 + counted)
    _, state = decode(tmp_path, pcap(first, second))
    assert (health(state)["records_lost"], health(state)["option_records"]) == (0, 1)


def test_exporters_that_count_a_message_s_own_records_lose_nothing(tmp_path: Path) -> None:
    """softflowd: the numbers 1, 4, 6 stand on messages of 1, 3 and 2 records."""
    layout, sizes = template(256, FIELDS), {1: 1, 4: 3, 6: 2}
    messages = [ipfix(layout, flow_set(256, record(number) * size), sequence=number) for number, size in sizes.items()]
    _, state = decode(tmp_path, pcap(*messages))
    assert (health(state)["data_records"], health(state)["records_lost"]) == (6, 0)


def test_a_file_of_messages_one_after_another(tmp_path: Path) -> None:
    path = tmp_path / "flows.ipfix"
    path.write_bytes(b"".join(following(10, 12, 14)))
    state = DecoderState()
    rows = [row for batch in decode_files([path], state) for row in batch.to_pylist()]
    assert [row["datagram_sequence"] for row in rows] == [10, 10, 12, 12, 14, 14]
    assert state.summary().datagrams == 4


def test_a_message_shorter_than_its_header_says_is_malformed_and_its_whole_sets_count(tmp_path: Path) -> None:
    whole = ipfix(template(256, FIELDS), flow_set(256, record()), flow_set(256, record()))
    flows, state = decode(tmp_path, pcap(whole[:-6]))
    assert [flow["bytes"] for flow in flows] == [1500]
    assert (state.summary().malformed_datagrams, health(state)["malformed"]) == (1, 1)


def test_totals_and_packet_counters_of_initiators_are_read(tmp_path: Path) -> None:
    fields = [(8, 4), (12, 4), (85, 8), (86, 4)]
    (flow,), _ = decode(
        tmp_path, pcap(ipfix(template(256, fields), flow_set(256, ends() + struct.pack(">QI", 2**35, 9))))
    )
    assert (flow["bytes"], flow["packets"]) == (2**35, 9)
