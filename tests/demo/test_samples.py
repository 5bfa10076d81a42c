"""What the sFlow router sends: one packet a sample, counted by source; lengths are the reader's to check."""

from collections import defaultdict
from itertools import pairwise

from tests.demo.datagrams import Datagram
from tests.demo.records import BYTES, IN_IF, PACKETS
from tests.demo.sflow_samples import SEQUENCE, SOURCE

ROUTER = "atl-1"
ByRouter = dict[str, list[Datagram]]


def test_a_sample_is_one_packet_of_a_size_that_was_sent(datagrams: ByRouter) -> None:
    found = [(one.values[PACKETS], one.values[BYTES]) for each in datagrams[ROUTER] for one in each.records]
    assert set(found) == {(1, 1500), (1, 576), (1, 76)}
    assert {one.source.version for each in datagrams[ROUTER] for one in each.records} == {4, 6}


def test_samples_of_a_source_are_counted_one_by_one(datagrams: ByRouter) -> None:
    sequences: dict[int, list[int]] = defaultdict(list)
    for each in datagrams[ROUTER]:
        for one in each.records:
            assert one.values[SOURCE] == one.values[IN_IF]
            sequences[one.values[SOURCE]].append(one.values[SEQUENCE])
    assert len(sequences) > 2
    for counted in sequences.values():
        assert counted == list(range(1, len(counted) + 1))


def test_some_datagrams_hold_several_samples_and_all_are_sent_in_order(datagrams: ByRouter) -> None:
    assert max(len(one.records) for one in datagrams[ROUTER]) > 1
    assert all(before.clock_ms <= after.clock_ms for before, after in pairwise(datagrams[ROUTER]))
