"""What stands in the place of forgotten addresses: others of a range that nobody holds, by a key that is thrown away.

Belongs here: which address stands for which. Does not belong here: where they are exchanged
(assets.warehouse.forgetting).
"""

import hashlib
import secrets

import numpy as np
import numpy.typing as npt

from assets.ground.addresses import IPNetwork, bounds

# 100::/16 is of the IETF's reserved 0000::/8 (RFC 4291), of which only a discard prefix is in use: no host has one.
NOBODY = b"\x01\x00"
HALF, WHOLE, HASH_BYTES = 8, 16, 20
SUBSCRIBER_BITS = 64
# So many addresses or /64 can be tried in a minute.
MOST_TRIED_BITS = 24


class RangeError(ValueError):
    """A range that can't be forgotten; the text says why, and which can."""


class Pseudonyms:
    """Addresses of a range (16 bytes, IPv4 mapped) and their /64 (8 bytes), and what stands for each.

    The same address is always the same other one, so that what is counted by addresses stays so; those of one /64 have
    one again. RangeError where the range is wider than can be tried against hashes, or cuts a /64 in pieces.
    """

    def __init__(self, network: IPNetwork) -> None:
        self.network = network
        counted_bits = 32 if network.version == 4 else SUBSCRIBER_BITS
        if network.prefixlen > counted_bits:
            whole = network.supernet(new_prefix=counted_bits)
            raise RangeError(
                f"{network} is a part of {whole}, and IPv6 addresses are counted by their /64; name {whole}"
            )
        self._tried_bits = counted_bits - network.prefixlen
        if self._tried_bits > MOST_TRIED_BITS:
            longest = counted_bits - MOST_TRIED_BITS
            raise RangeError(f"{network} is wider than /{longest}, which is as much as can be tried; name its parts")
        self._first, self._last = bounds(network)
        self._key = secrets.token_bytes(32)

    def of(self, address: bytes) -> bytes:
        """What stands for an address or a /64: itself, if it is not of the range."""
        size = len(address)
        if not self._first[:size] <= address <= self._last[:size] or (size == HALF and self.network.version == 4):
            return address
        counted, rest = (address, b"") if self.network.version == 4 else (address[:HALF], address[HALF:])
        half = NOBODY + self._hash(counted, HALF - len(NOBODY))
        if size == HALF:
            return half
        return half + (self._hash(address, HALF) if any(rest) else bytes(HALF))

    def covers(self, addresses: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
        """Which rows of 16 bytes are of the range."""
        halves = np.ascontiguousarray(addresses).view(">u8")
        half = halves[:, 1] if self.network.version == 4 else halves[:, 0]
        place = HALF if self.network.version == 4 else 0
        first, last = (int.from_bytes(one[place : place + HALF]) for one in (self._first, self._last))
        inside: npt.NDArray[np.bool_] = (half >= first) & (half <= last)
        return inside & (halves[:, 0] == 0) if self.network.version == 4 else inside

    def hashes(self, stored: set[bytes], key: bytes) -> dict[bytes, bytes]:
        """Of stored hashes those of the range's IPv4 addresses or /64 under a key, and what stands for each."""
        found = dict[bytes, bytes]()
        if not stored:
            return found
        size = WHOLE if self.network.version == 4 else HALF
        first = int.from_bytes(self._first[:size])
        for number in range(1 << self._tried_bits):
            hashed = hashlib.blake2b((first + number).to_bytes(size), digest_size=HASH_BYTES, key=key).digest()
            if hashed in stored:
                found[hashed] = self.for_hash(hashed)
        return found

    def for_hash(self, hashed: bytes) -> bytes:
        """What stands for a hash."""
        return self._hash(hashed, HASH_BYTES)

    def _hash(self, what: bytes, size: int) -> bytes:
        return hashlib.blake2b(what, digest_size=size, key=self._key).digest()
