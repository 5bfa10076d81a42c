"""Exports that are made to cost: little input that asks for much work or memory is answered soon, and bounded."""

import struct
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from assets.exports.formats import DecoderState, NotAnExport, _export_health, _sampling, _template_cache
from tests.formats import encoder, ipfix_encoder, nfcapd_encoder
from tests.formats.decoding import decode, health
from tests.formats.encoder import CLOCK, flow_set, pcap
from tests.formats.ipfix_encoder import REVERSE, VARIABLE, ipfix, options_template, template
from tests.formats.sflow_encoder import flow_sample, part, sflow

ENDS = [(8, 4), (12, 4)]
NOTHING = [(100, 0)] * 7000
SECONDS, MEGABYTES = 5, 100


def options_of_nothing() -> bytes:
    return ipfix(options_template(300, [], [*NOTHING, (34, 1)]), flow_set(300, bytes([1]) * 32_000))


def options_of_nothing_v9() -> bytes:
    return encoder.v9(encoder.options_template(300, [(1, 0)], [*NOTHING, (34, 1)]), flow_set(300, b"\1" * 30_000))


def names_of_nothing() -> bytes:
    return ipfix(template(256, [*NOTHING, (82, VARIABLE)]), flow_set(256, bytes(32_000)))


def a_template_a_record() -> bytes:
    sets = (template(256, [*ENDS, (500 + n, 1)]) + flow_set(256, bytes(9)) for n in range(1600))
    return ipfix(*sets)


def samplers() -> bytes:
    rows = b"".join(struct.pack(">I", number << 8 | 5) for number in range(15_000))
    return ipfix(options_template(300, [], [(48, 3), (34, 1)]), flow_set(300, rows))


def withdrawals() -> bytes:
    """2,000 templates, withdrawn all of them 4,000 times."""
    return ipfix(*(template(256 + n, [(8, 4)]) for n in range(2000)), *[ipfix_encoder.withdrawal(2)] * 4000)


def sets_of_nothing() -> bytes:
    return ipfix(*(flow_set(256 + number, b"") for number in range(16_000)))


def interfaces() -> bytes:
    """Intervals of 8,000 interfaces, and 3,000 records of as many pairs of them."""
    told = b"".join(struct.pack(">HB", number, 1 + number % 200) for number in range(8000))
    data = b"".join(bytes(8) + struct.pack(">HH", number, number + 1) for number in range(3000))
    layout = encoder.template(256, [*ENDS, (10, 2), (14, 2)])
    options = encoder.options_template(300, [(2, 2)], [(34, 1)])
    return pcap(encoder.v9(options, flow_set(300, told), layout), encoder.v9(flow_set(256, data), sequence=1))


def changes() -> bytes:
    """1,000 messages, each with another interval and another layout than the one before, in no order."""
    options = options_template(300, [], [(34, 1)])
    sets = ((template(256, [*ENDS, (500 + n % 3, 1)]), flow_set(300, bytes([1 + n % 2])), flow_set(256, bytes(9)))
            for n in range(1000))  # fmt: skip
    moved = (ipfix(*some, seconds=CLOCK + n * 7 % 1000, sequence=n) for n, some in enumerate(sets))
    return pcap(ipfix(options, seconds=CLOCK), *moved)


def changes_in_a_datagram() -> bytes:
    return ipfix(options_template(300, [], [(34, 1)]), flow_set(300, bytes([1, 2]) * 30_000))


def flows_of_an_nfcapd_block() -> bytes:
    """20 KB of zstd that are 5 MB of flow records of 4 bytes."""
    return nfcapd_encoder.nfcapd_file(nfcapd_encoder.block(b"\x0b\0\4\0" * 1_300_000, compression=4), compression=4)


HOSTILE: list[Callable[[], bytes]] = [
    options_of_nothing,
    options_of_nothing_v9,
    names_of_nothing,
    a_template_a_record,
    samplers,
    withdrawals,
    sets_of_nothing,
    interfaces,
    changes,
    changes_in_a_datagram,
    flows_of_an_nfcapd_block,
    lambda: sflow(*[part(9, b"")] * 8000),
    lambda: sflow(flow_sample(*[part(1, b"")] * 7900)),
    lambda: sflow(*(flow_sample(source=number) for number in range(1600))),
    lambda: pcap(*(ipfix(domain=number, seconds=300 * number) for number in range(800))),
]


@pytest.mark.parametrize("written", HOSTILE)
def test_64_kilobytes_cost_little(tmp_path: Path, written: Callable[[], bytes]) -> None:
    content, began = written(), time.process_time()
    decode(tmp_path, content)
    assert time.process_time() - began < SECONDS


def test_a_block_of_nfcapd_that_unpacks_to_many_records_takes_little_memory(tmp_path: Path) -> None:
    """A record of 16 places of 8 bytes each would be 166 MB."""
    tracemalloc.start()
    decode(tmp_path, flows_of_an_nfcapd_block())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < MEGABYTES << 20


def test_an_exporter_s_templates_are_bounded_and_what_is_too_many_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_template_cache, "MOST_FIELDS", 5)
    known = ipfix(*(template(256 + number, ENDS) for number in range(4)), flow_set(258, bytes(8)))
    flows, state = decode(tmp_path, pcap(known))
    assert [number for _, number, _ in state.templates] == [256, 257]
    assert (flows, state.outcomes[0].refused_templates, health(state)["undecoded_sets"]) == ([], 2, 1)
    assert "template 258 is one too many" in state.outcomes[0].problems[0]
    decode(tmp_path, pcap(known, sender="192.0.2.2"), state)
    assert state.summary().templates == 4


def test_a_withdrawn_template_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_template_cache, "MOST_FIELDS", 2)
    sets = template(256, ENDS), ipfix_encoder.withdrawal(256), template(257, ENDS), template(257, [(12, 4), (8, 4)])
    _, state = decode(tmp_path, pcap(ipfix(*sets)))
    assert [number for _, number, _ in state.templates] == [257]
    assert state.outcomes[0].refused_templates == 0


def test_too_many_withdrawals_are_told_and_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Withdrawing both of two templates looks at them and counts itself: three; of the second there is no room."""
    monkeypatch.setattr(_template_cache, "MOST_WITHDRAWALS", 3)
    both = template(256, ENDS), template(257, ENDS)
    _, state = decode(tmp_path, pcap(ipfix(*both, ipfix_encoder.withdrawal(2), *both, ipfix_encoder.withdrawal(2))))
    assert (len(state.templates), state.outcomes[0].losses["refused_templates"]) == (2, 1)


def test_of_too_many_intervals_those_that_came_first_stay_and_may_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_sampling, "MOST_INTERVALS", 2)
    layout, told = options_template(300, [(149, 4)], [(34, 4)]), flow_set(300, struct.pack(">II", 7, 512))
    other = flow_set(300, struct.pack(">II", 7, 100))
    messages = [ipfix(layout, told, domain=domain) for domain in (1, 2, 3)] + [
        ipfix(other, domain=1, seconds=CLOCK + 1)
    ]
    _, state = decode(tmp_path, pcap(*messages))
    known = {domain.observation_domain: list(one.values()) for domain, one in state.sampling.intervals.items()}
    assert {domain: timeline.values[-1] for domain, (timeline,) in known.items()} == {1: 100.0, 2: 512.0}
    assert state.outcomes[0].losses["refused_templates"] == 1


def test_of_too_many_sequences_the_oldest_is_forgotten_and_no_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_export_health, "MOST_SEQUENCES", 2)
    _, state = decode(tmp_path, pcap(*(encoder.v9(source=source, sequence=10) for source in (1, 2, 3))))
    assert [source for _, source, _ in DecoderState.from_bytes(state.to_bytes()).health.sequences] == [2, 3]


def test_an_exporter_with_too_many_bins_counts_on_in_its_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_export_health, "MOST_BINS_OF_ONE", 2)
    _, state = decode(tmp_path, pcap(*(encoder.v9(seconds=CLOCK + 300 * number) for number in range(4))))
    assert (len(state.health.bins), health(state)["datagrams"]) == (2, 4)


@pytest.mark.parametrize("size", [8, 200], ids=["64 bits", "more digits than Python writes"])
def test_numbers_of_options_that_no_column_holds(tmp_path: Path, size: int) -> None:
    """A boot that no clock can tell is none; of a longer number the last 8 bytes count."""
    fields = [(160, size), (48, 2000), (34, size)]
    told = flow_set(300, b"\xff" * size + b"\xff" * 2000 + bytes(size - 2) + b"\1\0")
    data = template(256, [*ENDS, (22, 4)]), flow_set(256, bytes(12))
    (flow,), state = decode(tmp_path, pcap(ipfix(options_template(300, [], fields), told, *data)))
    assert (flow["start_at"], flow["sampling_interval"]) == (None, 256.0)
    assert DecoderState.from_bytes(state.to_bytes()).to_bytes() == state.to_bytes()


def test_addresses_without_a_length_are_no_ends(tmp_path: Path) -> None:
    layout = template(256, [(8, 0), (12, 0), (82, VARIABLE), (1, 0, REVERSE)])
    flows, state = decode(tmp_path, pcap(ipfix(layout, flow_set(256, b"\4eth0", padding=False))))
    assert (flows, state.summary().data_records) == ([], 1)


def test_a_capture_of_pcapng_beyond_any_clock_has_no_time(tmp_path: Path) -> None:
    frame = encoder.ethernet(encoder.udp(sflow(flow_sample()), "192.0.2.1"))

    def block(kind: int, body: bytes) -> bytes:
        length = struct.pack("<I", 12 + len(body))
        return struct.pack("<I", kind) + length + body + length

    section = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interface = block(1, struct.pack("<HHIHHBxxx", 1, 0, 0, 9, 1, 0))
    times = struct.pack("<IIIII", 0, 2**32 - 1, 2**32 - 1, len(frame), len(frame))
    _, state = decode(tmp_path, section + interface + block(6, times + frame + bytes(-len(frame) % 4)))
    assert state.summary().flow_samples == 1


def test_a_gzip_of_no_deflate_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(NotAnExport, match="can't be decompressed") as raised:
        decode(tmp_path, b"\x1f\x8b\x08\0\0\0\0\0\0\3" + b"\xff" * 20)
    assert "\n" not in str(raised.value)
