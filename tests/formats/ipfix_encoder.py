"""IPFIX messages written from RFC 7011, for tests; sets of data are those of NetFlow v9 (encoder.flow_set)."""

import struct
from collections.abc import Sequence

from tests.formats.encoder import CLOCK, flow_set

VARIABLE = 0xFFFF
REVERSE = 29305
NTP_EPOCH = 2_208_988_800
Specifier = tuple[int, int] | tuple[int, int, int]


def ipfix(*sets: bytes, sequence: int = 0, domain: int = 7, seconds: int = CLOCK) -> bytes:
    """A message (section 3.1); `sequence` counts the data records sent before it."""
    body = b"".join(sets)
    return struct.pack(">HHIII", 10, 16 + len(body), seconds, sequence, domain) + body


def specifier(element: int, length: int, enterprise: int = 0) -> bytes:
    """A field specifier (section 3.2)."""
    if enterprise:
        return struct.pack(">HHI", element | 0x8000, length, enterprise)
    return struct.pack(">HH", element, length)


def template(number: int, fields: Sequence[Specifier]) -> bytes:
    """A set of one template (section 3.4.1)."""
    return flow_set(2, struct.pack(">HH", number, len(fields)) + b"".join(specifier(*one) for one in fields))


def options_template(number: int, scope: Sequence[Specifier], fields: Sequence[Specifier]) -> bytes:
    """A set of one options template (section 3.4.2)."""
    head = struct.pack(">HHH", number, len(scope) + len(fields), len(scope))
    return flow_set(3, head + b"".join(specifier(*one) for one in (*scope, *fields)))


def withdrawal(number: int, set_id: int = 2) -> bytes:
    """The withdrawal of a template; of all of them if `number` is the set's own id (section 8.1)."""
    return flow_set(set_id, struct.pack(">HH", number, 0))


def variable(value: bytes, *, long_form: bool = False) -> bytes:
    """A value of variable length: one byte of length, or 255 and two bytes (section 7)."""
    if long_form or len(value) >= 255:
        return b"\xff" + struct.pack(">H", len(value)) + value
    return bytes([len(value)]) + value


def ntp(ms: int) -> bytes:
    """A moment in milliseconds since 1970 in NTP's format (section 6.1.9), rounded up to its fractions."""
    seconds, rest = divmod(ms, 1000)
    return struct.pack(">II", seconds + NTP_EPOCH, -(-(rest << 32) // 1000))
