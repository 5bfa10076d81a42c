"""Streams: who counts what it sends, and the 5-minute bins in which it is counted.

Belongs here: what all that counts by stream and bin shares. Does not belong here: counting.
"""

import numpy as np

from assets.exports.formats._datagrams import Numbers

BIN_MS = 300_000
IPFIX = "ipfix"

Stream = tuple[bytes, int, str]
"""Who counts: exporter (16 bytes), observation domain, protocol."""


def by_bin(clock_ms: Numbers, amounts: Numbers) -> dict[int, int]:
    """The sums of amounts other than 0 by bin."""
    some = np.flatnonzero(amounts)
    bins, place = np.unique(clock_ms[some] // BIN_MS, return_inverse=True)
    sums = np.zeros(len(bins), np.int64)
    np.add.at(sums, place, amounts[some])
    return dict(zip(bins.tolist(), sums.tolist(), strict=True))
