"""A survey of many exporters takes each row of what they sent once, not once for each of them."""

import ipaddress
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from assets.exports.sources import place_of
from assets.exports.survey import exporters_seen, files_of, survey
from assets.exports.survey._conversations import Conversations
from assets.operator import FlowSource
from tests.init.routers import DAY, capture, offer, sampling, usual

CAPTURE_HEADER_BYTES = 24


def counting(wrapped: Callable[[Conversations], pa.Table], calls: list[str]) -> Callable[[Conversations], pa.Table]:
    def called(of: Conversations) -> pa.Table:
        calls.append(wrapped.__name__)
        return wrapped(of)

    return called


def test_durations_and_clocks_are_summed_once_for_all_exporters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    senders = [str(ipaddress.IPv4Address("192.0.2.1") + number) for number in range(50)]
    captures = [capture(usual(), *sampling(number + 1), sender=one) for number, one in enumerate(senders)]
    offer(tmp_path, f"{DAY}/a.pcap", captures[0] + b"".join(one[CAPTURE_HEADER_BYTES:] for one in captures[1:]))
    on = date.fromisoformat(DAY)
    read = survey([files_of(place_of(tmp_path, FlowSource("{date}"), on), on)])
    calls = list[str]()
    monkeypatch.setattr(Conversations, "lasting", counting(Conversations.lasting, calls))
    monkeypatch.setattr(Conversations, "heard", counting(Conversations.heard, calls))
    seen = exporters_seen(read)
    assert sorted(calls) == ["heard", "lasting"]
    assert [one.address for one in seen] == senders[::-1]
    assert [(one.octets, one.intervals) for one in seen[:2]] == [(16_000 * 50, (50.0,)), (16_000 * 49, (49.0,))]
    assert [one.files for one in seen[:2]] == [tuple(read.conversations.exporters_by_file)] * 2
