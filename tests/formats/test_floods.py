"""Floods of exporters that somebody made up: what is kept of them is bounded and ages out, and the others work on."""

import ipaddress
import struct
from datetime import date, timedelta
from pathlib import Path

import pytest

from assets.exports.formats import (
    DecoderState,
    _datagram_hashes,
    _export_health,
    _heard,
    _sample_sources,
    _sampling,
    _template_cache,
    _template_learning,
)
from assets.exports.formats._heard import FORGOTTEN_AFTER_DAYS
from assets.exports.formats.netflow_v9 import NetflowV9
from tests.formats.decoding import decode, health
from tests.formats.encoder import CLOCK, flow_set, options_template, pcap, template, v5, v5_record, v9
from tests.formats.sflow_encoder import flow_sample, sflow

ENDS = ipaddress.ip_address("198.51.100.7").packed + ipaddress.ip_address("203.0.113.9").packed
FIELDS = [(8, 4), (12, 4), (1, 4)]
LAYOUTS = template(256, FIELDS), options_template(300, [(1, 4)], [(34, 4)])
TOLD = flow_set(300, struct.pack(">II", 0, 1000))
MONDAY = date(2025, 8, 5)
HEAD = 24


def data(octets: int, sequence: int) -> bytes:
    return v9(flow_set(256, ENDS + struct.pack(">I", octets)), sequence=sequence, seconds=CLOCK + sequence)


def flood(sources: int, payload: bytes) -> bytes:
    """A capture of the same datagram from so many senders."""
    senders = (str(ipaddress.ip_address("10.0.0.0") + number) for number in range(sources))
    return pcap() + b"".join(pcap(payload, sender=sender)[HEAD:] for sender in senders)


def next_day(state: DecoderState) -> DecoderState:
    """The state that the next day begins with."""
    return DecoderState.from_bytes(state.to_bytes())


def test_a_flood_of_templates_is_bounded_ages_out_and_leaves_the_known_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """3,000 senders of a template of three fields, of which 100 fit beside the exporter known before."""
    monkeypatch.setattr(_template_cache, "MOST_FIELDS_OF_ALL", 3 * 101 + 2)
    _, state = decode(tmp_path, pcap(v9(*LAYOUTS, TOLD)))
    state.end_day(MONDAY)
    alone = len(state.to_bytes())
    _, state = decode(tmp_path, flood(3000, v9(template(256, FIELDS))), next_day(state))
    assert (len(state.templates), state.outcomes[0].losses["refused_templates"]) == (102, 2900)
    for day in range(1, FORGOTTEN_AFTER_DAYS + 1):
        state.end_day(MONDAY + timedelta(days=day))
        state = next_day(state)
        rows, state = decode(tmp_path, pcap(data(day, sequence=day)), state)
        assert [(row["bytes"], row["sampling_interval"]) for row in rows] == [(day, 1000.0)]
    state.end_day(MONDAY + timedelta(days=FORGOTTEN_AFTER_DAYS + 1))
    assert abs(len(state.to_bytes()) - alone) < 20
    assert (state.templates.fields_of_all, len(state.health.sequences)) == (5, 1)


def test_streams_of_all_protocols_age_out(tmp_path: Path) -> None:
    """Five senders of v5 and v9 each; samples say their agent themselves, which is one."""
    state = DecoderState()
    for payload in (v5(v5_record()), sflow(flow_sample()), v9(*LAYOUTS)):
        _, state = decode(tmp_path, flood(5, payload), state)
    state.end_day(MONDAY)
    assert len(next_day(state).health.sequences) == 11
    later = next_day(state)
    later.end_day(MONDAY + timedelta(days=FORGOTTEN_AFTER_DAYS))
    assert later.to_bytes() == DecoderState().to_bytes()


def test_one_that_is_heard_again_in_time_is_kept(tmp_path: Path) -> None:
    _, state = decode(tmp_path, pcap(v9(*LAYOUTS)))
    for days in range(0, 20, FORGOTTEN_AFTER_DAYS - 1):
        _, state = decode(tmp_path, pcap(data(1, sequence=1 + days)), next_day(state))
        state.end_day(MONDAY + timedelta(days=days))
    assert len(state.templates) == 2


def test_a_flood_of_intervals_leaves_those_known_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sampling, "MOST_INTERVALS_OF_ALL", 10)
    _, state = decode(tmp_path, pcap(v9(*LAYOUTS, TOLD)))
    _, state = decode(tmp_path, flood(50, v9(*LAYOUTS, TOLD)), next_day(state))
    assert (len(state.sampling.intervals), state.outcomes[0].losses["refused_templates"]) == (10, 41)
    rows, _ = decode(tmp_path, pcap(data(1, sequence=1)), next_day(state))
    assert [row["sampling_interval"] for row in rows] == [1000.0]


def test_a_flood_of_bins_counts_as_one_unknown_exporter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_export_health, "MOST_BINS_OF_ALL", 4)
    _, state = decode(tmp_path, flood(10, v5(v5_record())))
    assert (len(state.health.bins), health(state)["datagrams"], health(state)["data_records"]) == (5, 10, 10)


def test_what_is_asked_in_vain_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sampling, "MOST_ASKED", 3)
    monkeypatch.setattr(_template_cache, "MOST_MISSED", 3)
    undecodable = flow_set(999, bytes(8))
    _, state = decode(tmp_path, flood(20, v9(*LAYOUTS, flow_set(256, ENDS + bytes(4)), undecodable)))
    sampling = state.sampling
    assert (len(sampling.missed), len(sampling.guessed), len(sampling.asked_until)) == (3, 3, 3)
    assert len(state.templates.missed) == 3


@pytest.mark.parametrize("most", [4, 24], ids=["followed as they came", "joined"])
def test_streams_that_wait_are_bounded_and_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Twelve senders, each with gaps of 3 records between its three datagrams."""
    monkeypatch.setattr(_export_health, "MOST_PIECES", most)
    state = DecoderState()
    for sequence in (0, 4, 8):
        _, state = decode(tmp_path, flood(12, v5(v5_record(), sequence=sequence, uptime=600_000 + sequence)), state)
    assert (health(state)["datagrams"], health(state)["records_lost"]) == (36, 72)


def test_sources_of_samples_that_wait_are_bounded_and_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_sample_sources, "MOST_RUNS", 2)
    samples = [[flow_sample(sequence=number, source=source) for source in range(6)] for number in (1, 4)]
    payloads = [sflow(*some, sequence=number, uptime=number) for number, some in enumerate(samples)]
    _, state = decode(tmp_path, pcap(*payloads))
    assert health(state)["records_lost"] == 12
    assert state.health.sources.waiting == {}


def test_streams_heard_are_bounded_and_those_followed_before_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, state = decode(tmp_path, pcap(v9(*LAYOUTS)))
    state.end_day(MONDAY)
    state = next_day(state)
    monkeypatch.setattr(_export_health, "MOST_HEARD", 3)
    _, state = decode(tmp_path, flood(9, v5(v5_record())), state)
    _, state = decode(tmp_path, pcap(data(1, sequence=1)), state)
    state.end_day(MONDAY + timedelta(days=FORGOTTEN_AFTER_DAYS))
    assert (len(state.heard_on), len(state.templates)) == (4, 2)


def test_datagrams_of_many_senders_share_their_parts_and_are_known_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_datagram_hashes, "MOST_EXPORTERS", 4)
    state = DecoderState()
    for _ in range(2):
        _, state = decode(tmp_path, flood(50, v5(v5_record())), state)
    assert [outcome.duplicates for outcome in state.outcomes] == [0, 50]
    assert len(state.hashes.parts) <= 5
    assert state.hashes.table().num_rows == 50


def test_template_sets_remembered_are_bounded_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_template_learning, "BYTES_OF_SETS_REMEMBERED", 60)
    learner = NetflowV9().learner
    for number in range(10):
        learner._read(0, template(256 + number, FIELDS)[4:])
        assert sum(len(content) for _, content in learner.known_sets) <= 60


def told_by(sender: str, octets: int = 1) -> bytes:
    """Templates, an interval and a record of one sender."""
    record = flow_set(256, ENDS + struct.pack(">I", octets))
    return pcap(v9(*LAYOUTS, TOLD, record, sequence=octets, seconds=CLOCK + octets), sender=sender)


def test_what_a_day_leaves_is_bounded_in_bytes_and_those_known_longest_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One exporter known before, one new, and 50 made-up ones of each of three protocols on the same day."""
    _, state = decode(tmp_path, told_by("192.0.2.200"))
    assert state.end_day(MONDAY) == []
    of_one = len(state.to_bytes()) - len(DecoderState().to_bytes())
    monkeypatch.setattr(_heard, "MOST_BYTES", 3 * of_one)
    state = next_day(state)
    for content in (flood(50, v9(*LAYOUTS, TOLD)), flood(50, v5(v5_record())), told_by("192.0.2.200", 2)):
        _, state = decode(tmp_path, content, state)
    (told,) = state.end_day(MONDAY + timedelta(days=1))
    left = len(DecoderState().to_bytes()) + 3 * of_one
    assert len(state.to_bytes()) <= left
    kept = len(state.heard_on)
    assert told.startswith(f"2025-08-06: {101 - kept} of 101 exporters' domains told more than is kept")
    rows, _ = decode(tmp_path, pcap(data(3, sequence=3), sender="192.0.2.200"), next_day(state))
    assert [(row["bytes"], row["sampling_interval"]) for row in rows] == [(3, 1000.0)]


def test_of_too_many_those_heard_longest_ago_are_forgotten_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, state = decode(tmp_path, told_by("192.0.2.1"))
    state.end_day(MONDAY)
    of_one = len(state.to_bytes()) - len(DecoderState().to_bytes())
    monkeypatch.setattr(_heard, "MOST_BYTES", of_one + 10)
    _, state = decode(tmp_path, told_by("192.0.2.2"), next_day(state))
    (told,) = state.end_day(MONDAY + timedelta(days=1))
    assert told.startswith("2025-08-06: 1 of 2 exporters' domains told more than is kept, and are new on the next day")
    assert [exporter[-4:] for exporter, _, _ in state.heard_on] == [bytes([192, 0, 2, 2])]
    assert {domain.exporter[-1] for domain in state.templates.domains()} == {2}
    assert (list(state.health.sequences), len(state.sampling.intervals)) == (list(state.heard_on), 1)


def test_one_that_tells_more_than_all_is_forgotten_and_the_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, state = decode(tmp_path, told_by("192.0.2.9"))
    of_one = len(next_day(state).to_bytes()) - len(DecoderState().to_bytes())
    many = pcap(v9(*(template(256 + number, FIELDS) for number in range(50))), sender="192.0.2.1")
    _, state = decode(tmp_path, many, state)
    monkeypatch.setattr(_heard, "MOST_BYTES", 2 * of_one)
    assert len(state.end_day(MONDAY)) == 1
    assert [exporter[-1] for exporter, _, _ in state.heard_on] == [9]


def test_running_totals_of_exporters_that_are_silent_age_out(tmp_path: Path) -> None:
    fields = [(8, 4), (12, 4), (85, 8)]
    total = flow_set(256, ENDS + struct.pack(">Q", 5))
    _, state = decode(tmp_path, pcap(v9(template(256, fields), total)))
    state.end_day(MONDAY)
    state = next_day(state)
    assert len(state.totals.totals.flows) == 1
    state.end_day(MONDAY + timedelta(days=FORGOTTEN_AFTER_DAYS))
    assert state.to_bytes() == DecoderState().to_bytes()
