"""The addresses that a sketch of few tells, since its hashes can be inverted, and others in their place.

Belongs here: inverting the mixing, and exchanging members. Does not belong here: which addresses are to go
(assets.warehouse.forgetting).
"""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from assets.warehouse.sketches._address_hash import HALVES, LAST_SHIFT, STEPS, Bytes, Words, address_hashes
from assets.warehouse.sketches._sketch import Sketch

WORD = 1 << 64
WORD_BITS = 64


def addresses_told(hashes: Words, *, is_v6: bool) -> Bytes:
    """The addresses of shape (n, 16) that hashes were made of; of IPv6 the first of the /64."""
    mixed = _unmixed(hashes)
    halves = np.zeros((len(mixed), 2), ">u8")
    if is_v6:
        halves[:, 0] = mixed * np.uint64(pow(int(HALVES), -1, WORD))
    else:
        halves[:, 1] = mixed
    return halves.view(np.uint8)


def exchanged(sketched: pa.Table, instead: Callable[[Bytes], Bytes]) -> tuple[pa.Table, int]:
    """ADDRESS_SKETCHES with other addresses in the place of some, and how many rows changed.

    `instead` gives for addresses those that stand for them, most of them the same. Sketches of registers tell no
    address, and stay.
    """
    sketches = [Sketch.from_bytes(one.as_py()) for one in sketched["sketch"]]
    changed = 0
    for place, (sketch, version) in enumerate(zip(sketches, sketched["ip_version"].to_pylist(), strict=True)):
        if sketch.registers is not None or not len(sketch.hashes):
            continue
        before = addresses_told(sketch.hashes, is_v6=version == 6)
        after = instead(before)
        if not (differ := (before != after).any(axis=1)).any():
            continue
        hashes = sketch.hashes.copy()
        hashes[differ] = address_hashes(after[differ], version == 6)
        sketches[place], changed = Sketch(np.unique(hashes), None), changed + 1
    column = sketched.schema.get_field_index("sketch")
    stored = pa.array([one.to_bytes() for one in sketches], pa.binary())
    return sketched.set_column(column, sketched.schema.field("sketch"), stored), changed


def hashes_of(stored: bytes) -> Words:
    """The hashes that a stored sketch keeps; none of one of many addresses."""
    return Sketch.from_bytes(stored).hashes


def is_of_registers(stored: bytes) -> bool:
    """Whether a stored sketch tells none of its addresses, so that none can be taken out of it."""
    return Sketch.from_bytes(stored).registers is not None


def _unmixed(hashes: Words) -> Words:
    numbers = _unshifted(hashes.copy(), int(LAST_SHIFT))
    for shift, factor in reversed(STEPS):
        numbers *= np.uint64(pow(int(factor), -1, WORD))
        numbers = _unshifted(numbers, int(shift))
    return numbers


def _unshifted(numbers: Words, shift: int) -> Words:
    """What gives these numbers when it is combined with itself, shifted."""
    found, by = numbers.copy(), shift
    while by < WORD_BITS:
        found ^= numbers >> np.uint64(by)
        by += shift
    return found
