"""One set of addresses as a sketch: its hashes while they are few, registers once they are many.

Belongs here: which of the two a set is, merging, and the bytes a sketch is stored as.
Does not belong here: which sets there are (_tables).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from assets.warehouse.sketches._address_hash import Bytes, Words
from assets.warehouse.sketches._registers import REGISTERS, STANDARD_ERROR, estimate, highest_ranks, seen_ranks

# 32 KB a set: up to here a set is exact; decided 2026-11-21 so that most networks' days are.
MOST_EXACT = 4096
OF_HASHES, OF_REGISTERS = b"h", b"r"
ZSTD = pa.Codec("zstd", compression_level=3)


NO_HASHES = np.empty(0, np.uint64)


@dataclass(frozen=True)
class Sketch:
    """A set of 64-bit hashes: the sorted `hashes` themselves up to 4,096 of them, else `registers` and no hashes.

    Which of the two depends on the set alone, not on the way it came about, so that equal sets have equal bytes.
    """

    hashes: Words
    registers: Bytes | None

    @classmethod
    def of_hashes(cls, hashes: Words) -> "Sketch":
        """The sketch of hashes in any order, however often each occurs."""
        if len(hashes) <= MOST_EXACT:
            return cls(_different(hashes), None)
        seen = seen_ranks(hashes)
        # Equal hashes have equal ranks: so many different ranks are at least as many hashes, and spare the sorting.
        if np.count_nonzero(seen) <= MOST_EXACT and len(different := _different(hashes)) <= MOST_EXACT:
            return cls(different, None)
        return cls(NO_HASHES, highest_ranks(seen))

    @classmethod
    def union(cls, sketches: Iterable["Sketch"]) -> "Sketch":
        """The sketch of all that is in at least one; the same as of all hashes together."""
        members = list(sketches)
        few = cls.of_hashes(np.concatenate([NO_HASHES, *(one.hashes for one in members)]))
        many = [one.registers for one in members if one.registers is not None]
        if not many:
            return few
        return cls(NO_HASHES, np.maximum.reduce([few.as_registers(), *many]))

    def as_registers(self) -> Bytes:
        """The registers of the set, also where its hashes are kept."""
        return highest_ranks(seen_ranks(self.hashes)) if self.registers is None else self.registers

    @property
    def unique_ips(self) -> int:
        """How many addresses, exact or estimated to the nearest whole number."""
        return len(self.hashes) if self.registers is None else round(estimate(self.registers))

    @property
    def relative_standard_error(self) -> float:
        """Of `unique_ips`: 0 where it is exact, else 0.0081."""
        return 0.0 if self.registers is None else STANDARD_ERROR

    def to_bytes(self) -> bytes:
        """`h` and the sorted hashes as little-endian 64-bit numbers, or `r` and the registers in zstd."""
        if self.registers is None:
            return OF_HASHES + self.hashes.astype("<u8").tobytes()
        compressed: bytes = ZSTD.compress(self.registers.tobytes(), asbytes=True)
        return OF_REGISTERS + compressed

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Sketch":
        """The sketch of what to_bytes gave; ValueError where it is something else."""
        form, content = stored[:1], stored[1:]
        if form == OF_HASHES and len(content) % 8 == 0:
            return cls(np.frombuffer(content, "<u8").astype(np.uint64), None)
        if form == OF_REGISTERS:
            return cls(NO_HASHES, np.frombuffer(ZSTD.decompress(content, REGISTERS, asbytes=True), np.uint8))
        raise ValueError(f"{len(stored)} bytes that begin with {form!r} are not a sketch; make that day's again")


def _different(hashes: Words) -> Words:
    """Each hash once, in order: of a thousand in a sixth of the time that np.unique takes, which hashes them again."""
    ordered = np.sort(hashes)
    is_first = np.ones(len(ordered), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return ordered[is_first]
