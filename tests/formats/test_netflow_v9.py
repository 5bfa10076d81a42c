"""NetFlow v9: templates before, after and between data, options, sizes and families of fields, sequence numbers."""

import ipaddress
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.exports.formats import DecoderState, NotAnExport
from tests.formats.decoding import decode, health
from tests.formats.encoder import CLOCK, flow_set, options_template, pcap, template, v9

FIELDS = [(8, 4), (12, 4), (1, 4), (2, 4)]
SAMPLED = [*FIELDS, (48, 1)]


def ends(src: str = "198.51.100.7", dst: str = "203.0.113.9") -> bytes:
    return ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed


def record(octets: int = 1500, packets: int = 3) -> bytes:
    return ends() + struct.pack(">II", octets, packets)


def test_a_template_then_its_data(tmp_path: Path) -> None:
    flows, state = decode(tmp_path, pcap(v9(template(256, FIELDS), flow_set(256, record() + record(40, 1)))))
    assert [(flow["bytes"], flow["packets"]) for flow in flows] == [(1500, 3), (40, 1)]
    assert flows[0]["observation_domain"] == 7
    assert flows[0]["start_at"] is None
    assert flows[0]["received_at"].timestamp() == CLOCK
    assert (state.summary().data_records, state.summary().templates) == (2, 1)


def test_a_template_of_an_earlier_file_and_day(tmp_path: Path) -> None:
    _, monday = decode(tmp_path, pcap(v9(template(256, FIELDS))))
    tuesday = DecoderState.from_bytes(monday.to_bytes())
    flows, _ = decode(tmp_path, pcap(v9(flow_set(256, record()), sequence=1)), tuesday)
    assert [flow["bytes"] for flow in flows] == [1500]
    assert DecoderState.from_bytes(monday.to_bytes()).to_bytes() == monday.to_bytes()


def test_data_before_its_template_waits_for_it(tmp_path: Path) -> None:
    data, late = v9(flow_set(256, record())), v9(template(256, FIELDS), sequence=1, seconds=CLOCK + 400)
    flows, state = decode(tmp_path, pcap(data, late))
    assert [flow["received_at"].timestamp() for flow in flows] == [CLOCK]
    assert state.summary().undecoded_sets == 0
    assert (health(state)["undecoded_sets"], health(state)["data_records"]) == (0, 1)


def test_data_whose_template_never_comes_is_counted_and_told(tmp_path: Path) -> None:
    flows, state = decode(tmp_path, pcap(v9(flow_set(256, record()))))
    assert flows == []
    assert (state.summary().undecoded_sets, health(state)["undecoded_sets"]) == (1, 1)
    assert "no template 256 has come from this exporter yet" in state.outcomes[0].problems[0]


@pytest.mark.parametrize(("other_sender", "other_source"), [("192.0.2.2", 7), ("192.0.2.1", 8)])
def test_a_template_means_nothing_to_another_exporter_or_domain(
    tmp_path: Path, other_sender: str, other_source: int
) -> None:
    _, state = decode(tmp_path, pcap(v9(template(256, FIELDS))))
    flows, state = decode(tmp_path, pcap(v9(flow_set(256, record()), source=other_source), sender=other_sender), state)
    assert flows == []
    assert state.summary().undecoded_sets == 1


def test_a_template_defined_anew_holds_from_then_on(tmp_path: Path) -> None:
    wide = [(8, 4), (12, 4), (1, 8), (2, 4)]
    flows, _ = decode(
        tmp_path,
        pcap(
            v9(template(256, FIELDS), flow_set(256, record(1))),
            v9(template(256, wide), flow_set(256, ends() + struct.pack(">QI", 2**40, 9)), sequence=1),
        ),
    )
    assert [flow["bytes"] for flow in flows] == [1, 2**40]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8])
def test_counters_of_any_length(tmp_path: Path, size: int) -> None:
    fields = [(8, 4), (12, 4), (1, size), (2, 1)]
    data = ends() + (2 ** (8 * size) - 2).to_bytes(size, "big") + b"\x05"
    ((flow),), _ = decode(tmp_path, pcap(v9(template(256, fields), flow_set(256, data, padding=False))))
    assert (flow["bytes"], flow["packets"]) == (2 ** (8 * size) - 2, 5)


def test_ipv6(tmp_path: Path) -> None:
    data = ends("2001:db8::1", "2001:db8::2") + struct.pack(">II", 1, 1)
    ((flow),), _ = decode(tmp_path, pcap(v9(template(256, [(27, 16), (28, 16), (1, 4), (2, 4)]), flow_set(256, data))))
    assert flow["src_addr"] == ipaddress.ip_address("2001:db8::1").packed
    assert flow["ip_version"] == 6


def test_of_two_families_the_one_that_is_specified_counts(tmp_path: Path) -> None:
    fields = [(8, 4), (12, 4), (27, 16), (28, 16), (1, 4)]
    four = ends() + bytes(32) + struct.pack(">I", 4)
    six = bytes(8) + ends("2001:db8::1", "2001:db8::2") + struct.pack(">I", 6)
    flows, _ = decode(tmp_path, pcap(v9(template(256, fields), flow_set(256, four + six))))
    assert [(flow["ip_version"], flow["bytes"]) for flow in flows] == [(4, 4), (6, 6)]


def test_sampling_of_the_domain_counts_even_if_it_is_told_later_in_the_file(tmp_path: Path) -> None:
    options = options_template(300, [(1, 4)], [(34, 4)]), flow_set(300, struct.pack(">II", 0, 512))
    flows, state = decode(tmp_path, pcap(v9(template(256, FIELDS), flow_set(256, record())), v9(*options, sequence=1)))
    assert [(flow["sampling_interval"], flow["sampling_source"]) for flow in flows] == [(512.0, "options told later")]
    assert state.summary().option_records == 1


def test_a_record_takes_the_interval_of_its_sampler(tmp_path: Path) -> None:
    samplers = b"".join(struct.pack(">IBI", 0, sampler, 100 * sampler) for sampler in (1, 2))
    options = options_template(300, [(1, 4)], [(48, 1), (50, 4)]), flow_set(300, samplers)
    data = b"".join(record() + bytes([sampler]) for sampler in (2, 1, 3))
    flows, _ = decode(tmp_path, pcap(v9(*options, template(256, SAMPLED), flow_set(256, data))))
    assert [flow["sampling_interval"] for flow in flows] == [200.0, 100.0, None]


def test_what_the_record_says_itself_comes_first_and_zero_says_nothing(tmp_path: Path) -> None:
    options = options_template(300, [(1, 4)], [(34, 4)]), flow_set(300, struct.pack(">II", 0, 512))
    data = record() + struct.pack(">I", 64) + record() + struct.pack(">I", 0)
    flows, _ = decode(tmp_path, pcap(v9(*options, template(256, [*FIELDS, (34, 4)]), flow_set(256, data))))
    assert [(flow["sampling_interval"], flow["sampling_source"]) for flow in flows] == [
        (64, "record"),
        (512, "options"),
    ]


def test_a_flow_set_longer_than_its_datagram_is_malformed_and_the_ones_before_count(tmp_path: Path) -> None:
    cut = struct.pack(">HH", 256, 400) + record()
    flows, state = decode(tmp_path, pcap(v9(template(256, FIELDS), flow_set(256, record()), cut)))
    assert len(flows) == 1
    assert (state.summary().malformed_datagrams, health(state)["malformed"]) == (1, 1)
    assert "says 400 bytes" in state.outcomes[0].problems[0]


def test_a_gap_counts_datagrams_and_is_an_estimate(tmp_path: Path) -> None:
    first = v9(template(256, FIELDS), flow_set(256, record()))
    fourth = v9(flow_set(256, record() + record()), sequence=3)
    _, state = decode(tmp_path, pcap(first, fourth))
    assert (health(state)["records_lost"], health(state)["is_estimate"]) == (4, True)


def test_variable_length_fields_are_passed_over(tmp_path: Path) -> None:
    fields = [(8, 4), (12, 4), (82, 0xFFFF), (1, 4)]
    data = b"".join(ends() + bytes([len(name)]) + name + struct.pack(">I", n) for n, name in ((5, b"eth0"), (6, b"")))
    flows, _ = decode(tmp_path, pcap(v9(template(256, fields), flow_set(256, data, padding=False))))
    assert [flow["bytes"] for flow in flows] == [5, 6]


def test_records_without_both_ends_are_counted_and_are_no_flows(tmp_path: Path) -> None:
    flows, state = decode(tmp_path, pcap(v9(template(256, [(1, 4)]), flow_set(256, bytes(8)))))
    assert flows == []
    assert state.summary().data_records == 2


@settings(max_examples=200, deadline=None, derandomize=True)
@given(at=st.integers(0, 260), change=st.binary(min_size=0, max_size=6), cut=st.integers(0, 8))
def test_no_mutation_raises(tmp_path_factory: pytest.TempPathFactory, at: int, change: bytes, cut: int) -> None:
    options = options_template(300, [(1, 4)], [(34, 4)]), flow_set(300, struct.pack(">II", 0, 512))
    good = pcap(v9(*options, template(256, FIELDS), flow_set(256, record() + record())), v9(flow_set(256, record())))
    try:
        decode(tmp_path_factory.mktemp("v9"), good[:at] + change + good[at + cut :])
    except NotAnExport as error:
        assert "\n" not in str(error)
