"""The filter in front of the hashes of datagrams: it may err about new ones, never about those that came."""

import numpy as np
import pytest

from assets.exports.formats._datagram_hashes import DatagramHashes
from assets.exports.formats._hash_filter import FEWEST_WORDS, HashFilter

SENDER = bytes(15) + b"\1"


def test_what_was_added_may_be_held_and_nearly_all_else_is_not() -> None:
    hashes = np.random.default_rng(7).integers(0, 1 << 63, 20_000, dtype=np.uint64)
    held = HashFilter(10_000)
    held.add(hashes[:10_000])
    assert held.may_hold(hashes[:10_000]).all()
    assert held.may_hold(hashes[10_000:]).sum() < 20


@pytest.mark.parametrize("block", [1, 700])
def test_a_datagram_is_known_again_however_many_came_since(block: int) -> None:
    known = DatagramHashes()
    payloads = [memoryview(number.to_bytes(4, "big")) for number in range(1_400)]
    for at in range(0, len(payloads), block):
        some = payloads[at : at + block]
        assert not known.again(some, [SENDER], np.zeros(len(some), np.int64), np.full(len(some), 1_000)).any()
    assert len(known.known.words) > FEWEST_WORDS
    everything = np.zeros(len(payloads), np.int64)
    assert known.again(payloads, [SENDER], everything, everything + 1_100).all()
    assert known.again(payloads, [SENDER], everything, everything + 90_000).all()
