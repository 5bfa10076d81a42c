"""HyperLogLog registers (Flajolet et al. 2007) of 64-bit hashes, and the number of different hashes they tell of.

Belongs here: registers and their estimate. Does not belong here: sets small enough to be kept whole (_sketch).
"""

import math

import numpy as np
import numpy.typing as npt

from assets.warehouse.sketches._address_hash import Bytes, Words

PRECISION = 14
REGISTERS = 1 << PRECISION
RANK_BITS = 64 - PRECISION
HIGHEST_RANK = RANK_BITS + 1
# Of one estimate, relative to the true number (Flajolet et al. 2007; Ertl 2017, section 3).
STANDARD_ERROR = math.sqrt(3 * math.log(2) - 1) / math.sqrt(REGISTERS)
BLOCK = 1 << 14
RANKS = 64

SeenRanks = npt.NDArray[np.bool_]


def seen_ranks(hashes: Words) -> SeenRanks:
    """Which ranks were seen in each register, of shape (REGISTERS, RANKS).

    A register is a hash's first 14 bits; the rank is the place of the first one-bit among its other 50, from 1, or 51.
    """
    seen = np.zeros(REGISTERS * RANKS, np.bool_)
    for start in range(0, len(hashes), BLOCK):
        block = hashes[start : start + BLOCK]
        # The guard bit below the 50 ends the search for a one-bit at rank 51.
        rest = ((block << np.uint64(PRECISION)) | np.uint64(1 << (PRECISION - 1))) >> np.uint64(PRECISION - 1)
        exponents = rest.astype(np.float64).view(np.uint64) >> np.uint64(52)
        ranks = np.uint64(1023 + HIGHEST_RANK) - exponents
        seen[((block >> np.uint64(RANK_BITS)) * np.uint64(RANKS) + ranks).view(np.int64)] = True
    return seen.reshape(REGISTERS, RANKS)


def highest_ranks(seen: SeenRanks) -> Bytes:
    """The registers: the highest rank seen in each, 0 where there is none."""
    highest: npt.NDArray[np.int64] = RANKS - 1 - np.argmax(seen[:, ::-1], axis=1)
    return np.where(seen.any(axis=1), highest, 0).astype(np.uint8)


def estimate(registers: Bytes) -> float:
    """The number of different hashes, without bias over the whole range (Ertl 2017, algorithm 6)."""
    counts = np.bincount(registers, minlength=HIGHEST_RANK + 1).astype(float)
    if counts[0] == REGISTERS:
        return 0.0
    total = REGISTERS * _tau(1 - counts[HIGHEST_RANK] / REGISTERS)
    for count in counts[RANK_BITS:0:-1]:
        total = 0.5 * (total + count)
    total += REGISTERS * _sigma(counts[0] / REGISTERS)
    return float(REGISTERS**2 / (2 * math.log(2)) / total)


def _sigma(share: float) -> float:
    """What the empty registers add: the sum over k of share^(2^k) 2^(k-1), and share (Ertl 2017, equation 16)."""
    weight, total, before = 1.0, share, -1.0
    while total != before:
        share *= share
        before = total
        total += share * weight
        weight += weight
    return total


def _tau(share: float) -> float:
    """What the full registers leave out (Ertl 2017, equation 17)."""
    if share in {0.0, 1.0}:
        return 0.0
    weight, total, before = 1.0, 1 - share, -1.0
    while total != before:
        share = math.sqrt(share)
        before = total
        weight *= 0.5
        total -= (1 - share) ** 2 * weight
    return total / 3
