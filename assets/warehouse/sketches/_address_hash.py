"""From addresses to 64-bit hashes that look random, and are the same on every day and machine.

Belongs here: what counts as one address, and mixing its bits. Does not belong here: keyed hashes, which hide addresses
(assets.warehouse.address_retention); these hide nothing, since whoever knows the mixing can invert it.
"""

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Bytes = npt.NDArray[np.uint8]

# So many at a time stay in the processor's cache through all steps of the mixing.
BLOCK = 1 << 14
HALVES = np.uint64(0x9E37_79B9_7F4A_7C15)
# David Stafford's 13th variant of the MurmurHash3 finalizer, as in splitmix64 (Steele, Lea, Flood 2014).
STEPS = (
    (np.uint64(30), np.uint64(0xBF58_476D_1CE4_E5B9)),
    (np.uint64(27), np.uint64(0x94D0_49BB_1331_11EB)),
)
LAST_SHIFT = np.uint64(31)


def address_hashes(packed: Bytes, is_v6: npt.NDArray[np.bool_] | bool) -> Words:
    """A 64-bit hash of each address of shape (n, 16), IPv4 mapped; IPv6 counts by /64.

    No two IPv4 addresses share a hash, nor do two /64: each step can be inverted.
    """
    if packed.ndim != 2 or packed.shape[1] != 16:
        raise ValueError(f"addresses are rows of 16 bytes, not of shape {packed.shape}; map IPv4 into IPv6")
    halves = np.ascontiguousarray(packed).view(">u8")
    v6 = np.broadcast_to(np.asarray(is_v6, np.bool_), len(halves))
    hashes = np.empty(len(halves), np.uint64)
    for start in range(0, len(hashes), BLOCK):
        block = slice(start, start + BLOCK)
        hashes[block] = halves[block, 1]
        hashes[block][v6[block]] = 0
        hashes[block] ^= halves[block, 0].astype(np.uint64) * HALVES
        _mix(hashes[block])
    return hashes


def _mix(numbers: Words) -> None:
    """Make each bit depend on all bits, in place."""
    for shift, factor in STEPS:
        numbers ^= numbers >> shift
        numbers *= factor
    numbers ^= numbers >> LAST_SHIFT
