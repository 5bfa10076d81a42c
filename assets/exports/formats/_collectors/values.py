"""Values as other collectors write them, turned into columns of the flow record a block at a time.

Belongs here: reading numbers, times, addresses, protocols and flags out of text or numbers, and counting what is none.
Does not belong here: files and their fields.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.formats._datagrams import MAPPED
from assets.exports.formats._flow_record import ADDRESS, MOMENT

Read = tuple[pa.Array, int]
"""A column of the flow record, and how many values could not be read (they are null)."""
Reader = Callable[[pa.Array], Read]

TICKS_A_MILLISECOND = {"ms": 1, "us": 1_000, "ns": 1_000_000}
LARGEST_NUMBER = (1 << 63) - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MILLISECOND = 253_402_300_799_999  # of the year 9999
TCP_FLAGS = {letter: 1 << bit for bit, letter in enumerate("FSRPAUEC")}
# Names of IANA's registry "Assigned Internet Protocol Numbers", and the other spellings that nfdump and pmacct print.
PROTOCOL_NUMBERS = {
    "hopopt": 0, "icmp": 1, "igmp": 2, "ggp": 3, "ipip": 4, "ipencap": 4, "ipv4": 4, "st": 5, "tcp": 6, "cbt": 7,
    "egp": 8, "igp": 9, "pup": 12, "udp": 17, "hmp": 20, "xns-idp": 22, "rdp": 27, "irtp": 28, "iso-tp4": 29,
    "dccp": 33, "idpr": 35, "xtp": 36, "ddp": 37, "ipv6": 41, "sdrp": 42, "ipv6-route": 43, "rte6": 43,
    "ipv6-frag": 44, "frag6": 44, "idrp": 45, "rsvp": 46, "gre": 47, "dsr": 48, "esp": 50, "ipsec-esp": 50, "ah": 51,
    "ipsec-ah": 51, "narp": 54, "skip": 57, "ipv6-icmp": 58, "icmp6": 58, "icmpv6": 58, "ipv6-nonxt": 59, "nhdr6": 59,
    "ipv6-opts": 60, "dsto6": 60, "rspf": 73, "vmtp": 81, "eigrp": 88, "ospf": 89, "ospfigp": 89, "ax.25": 93,
    "mtp": 92, "etherip": 97, "encap": 98, "pim": 103, "ipcomp": 108, "ipcmp": 108, "vrrp": 112, "pgm": 113,
    "l2tp": 115, "isis": 124, "sctp": 132, "fc": 133, "rsvp-e2e-ignore": 134, "mobility-header": 135, "udplite": 136,
    "mpls-in-ip": 137, "manet": 138, "hip": 139, "shim6": 140, "wesp": 141, "rohc": 142, "ethernet": 143,
}  # fmt: skip


def by_distinct(values: pa.Array, wanted: pa.DataType, parse: Callable[[Any], Any]) -> Read:
    """Parse each distinct value once; `parse` gives None where it says nothing, and raises ValueError if that is none.

    Numbers that the wanted type can't hold are none either.
    """
    encoded = values.dictionary_encode()
    held = _held_by(wanted) if pa.types.is_integer(wanted) else None
    parsed: list[Any] = []
    is_bad: list[bool] = []
    for value in encoded.dictionary.to_pylist():
        try:
            value_read = parse(value)
            is_none = value_read is not None and held is not None and value_read not in held
        except (ValueError, OverflowError):
            is_none = True
        parsed.append(None if is_none else value_read)
        is_bad.append(is_none)
    bad = pc.sum(pa.array(is_bad).take(encoded.indices)).as_py() if any(is_bad) else 0
    return pa.array(parsed, wanted).take(encoded.indices), bad


def number(wanted: pa.DataType, *, zero_is_absent: bool = False) -> Reader:
    """Whole numbers of a type; `zero_is_absent` where the writer puts 0 for what no exporter told."""
    largest = LARGEST_NUMBER if pa.types.is_floating(wanted) else min(LARGEST_NUMBER, _held_by(wanted)[-1])

    def read(values: pa.Array) -> Read:
        whole = _whole_numbers(values)
        fits = pc.and_(pc.greater_equal(whole, 0), pc.less_equal(whole, largest))
        whole = pc.if_else(fits, whole, None)
        bad = whole.null_count - values.null_count
        if zero_is_absent:
            whole = pc.if_else(pc.equal(whole, 0), None, whole)
        return whole.cast(wanted), bad

    return read


def _held_by(wanted: pa.DataType) -> range:
    """The numbers that an integer type holds, from 0 on."""
    return range(int(np.iinfo(wanted.to_pandas_dtype()).max) + 1)


def _whole_numbers(values: pa.Array) -> pa.Array:
    """Numbers or their text as 64-bit integers; null where they are none."""
    if pa.types.is_integer(values.type) and values.type != pa.uint64():
        return values.cast(pa.int64())
    if pa.types.is_floating(values.type):
        is_whole = pc.and_(pc.equal(values, pc.floor(values)), pc.less(pc.abs(values), float(1 << 53)))
        return pc.if_else(is_whole, values, None).cast(pa.int64())
    try:
        return values.cast(pa.int64())
    except pa.ArrowInvalid:
        trimmed = pc.utf8_trim_whitespace(values.cast(pa.string()))
        return pc.if_else(pc.match_substring_regex(trimmed, r"^\d{1,18}$"), trimmed, None).cast(pa.int64())


def moment(ticks: str = "s") -> Reader:
    """Times: numbers of `ticks` (s, ms, us, ns) since 1970, seconds with a fraction, or ISO 8601 text.

    Text without a zone is UTC. 0, and nfdump's 0000-00-00, is a time that no one told.
    """

    def read(values: pa.Array) -> Read:
        if pa.types.is_timestamp(values.type):
            return _from_milliseconds(values.cast(pa.timestamp("ms"), safe=False).cast(pa.int64()))
        if pa.types.is_floating(values.type):
            return _from_milliseconds(pc.floor(pc.multiply(values, 1000.0)).cast(pa.int64()))
        if not pa.types.is_string(values.type):
            return _from_milliseconds(_milliseconds(values.cast(pa.int64()), ticks))
        return _text_moments(values, ticks)

    return read


def _milliseconds(values: pa.Array, ticks: str) -> pa.Array:
    """Numbers of ticks as milliseconds; those beyond the calendar stay beyond it."""
    if ticks != "s":
        return pc.divide(values, TICKS_A_MILLISECOND[ticks])
    return pc.multiply(pc.if_else(pc.greater(values, LAST_MILLISECOND), LAST_MILLISECOND, values), 1000)


def _from_milliseconds(milliseconds: pa.Array, bad: int = 0) -> Read:
    is_none = pc.or_(pc.less(milliseconds, 0), pc.greater(milliseconds, LAST_MILLISECOND))
    is_told = pc.and_(pc.greater(milliseconds, 0), pc.invert(is_none))
    return pc.if_else(is_told, milliseconds, None).cast(MOMENT), bad + (pc.sum(is_none).as_py() or 0)


def _text_moments(values: pa.Array, ticks: str) -> Read:
    """Whole columns are tried as what they are most often; a column of mixed or broken texts is parsed one by one."""
    try:
        return _from_milliseconds(_milliseconds(values.cast(pa.int64()), ticks))
    except pa.ArrowInvalid:
        pass
    for naive_or_zoned in (pa.timestamp("ns"), pa.timestamp("ns", tz="UTC")):
        try:
            return _from_milliseconds(_milliseconds(values.cast(naive_or_zoned).cast(pa.int64()), "ns"))
        except pa.ArrowInvalid:
            continue
    milliseconds, bad = by_distinct(values, pa.int64(), lambda text: _one_moment(text, ticks))
    return _from_milliseconds(milliseconds, bad)


def _one_moment(text: str, ticks: str) -> int | None:
    if text.startswith("0000-00-00"):
        return None
    if text.isdigit():
        return int(_milliseconds(pa.scalar(int(text)), ticks).as_py())
    if text.replace(".", "", 1).isdigit():
        return round(float(text) * 1000)
    value_read = datetime.fromisoformat(text)
    zoned = value_read if value_read.tzinfo else value_read.replace(tzinfo=UTC)
    return (zoned - EPOCH) // timedelta(milliseconds=1)


def duration_ms(values: pa.Array) -> Read:
    """Durations as seconds with a fraction, or as [days and] hours:minutes:seconds, in milliseconds."""

    def parse(value: str | float) -> int:
        day_and_clock = str(value).strip().replace("d ", " ").split()
        hours, minutes, seconds = (["0", "0", *day_and_clock[-1].split(":")])[-3:]
        days = int(day_and_clock[0]) if len(day_and_clock) == 2 else 0
        return round(((days * 24 + int(hours)) * 60 + int(minutes)) * 60_000 + float(seconds) * 1000)

    return by_distinct(values, pa.int64(), parse)


def address(values: pa.Array) -> Read:
    """Addresses as text, or as 16 bytes."""
    if pa.types.is_fixed_size_binary(values.type):
        return values.cast(ADDRESS), 0
    return by_distinct(values, ADDRESS, _sixteen_bytes)


def next_hop(values: pa.Array) -> Read:
    """Addresses of which 0.0.0.0 and :: say that there is none."""
    if pa.types.is_fixed_size_binary(values.type):
        return by_distinct(values, ADDRESS, lambda value: value if value.strip(b"\0") else None)
    return by_distinct(values, ADDRESS, lambda text: None if text in {"0.0.0.0", "::"} else _sixteen_bytes(text))


def _sixteen_bytes(text: str) -> bytes:
    try:
        return inet_pton(AF_INET6, text) if ":" in text else MAPPED + inet_pton(AF_INET, text)
    except OSError as error:
        raise ValueError(text) from error


def prefix_length(values: pa.Array) -> Read:
    """Prefix lengths, alone or behind the prefix ("198.51.100.0/24"); 0 says that none was told."""
    if not pa.types.is_string(values.type):
        return number(pa.uint8(), zero_is_absent=True)(values)

    def parse(text: str) -> int | None:
        length = int(text.rpartition("/")[2]) if text != "invalid Prefix" else 0
        if not 0 <= length <= 128:
            raise ValueError(text)
        return length or None

    return by_distinct(values, pa.uint8(), parse)


def protocol(values: pa.Array) -> Read:
    """IP protocols as numbers or names."""
    if not pa.types.is_string(values.type):
        return number(pa.uint8())(values)

    def parse(text: str) -> int:
        named = PROTOCOL_NUMBERS.get(text.strip().lower())
        return int(text) if named is None else named

    return by_distinct(values, pa.uint8(), parse)


def port(values: pa.Array) -> Read:
    """Ports; nfdump's "8.0" is ICMP's type and code, which NetFlow has in the port as type * 256 + code."""
    if not pa.types.is_string(values.type):
        return number(pa.uint16())(values)

    def parse(text: str) -> int:
        icmp_type, point, icmp_code = text.strip().partition(".")
        return int(icmp_type) * 256 + int(icmp_code) if point else int(icmp_type)

    return by_distinct(values, pa.uint16(), parse)


def tcp_flags(values: pa.Array) -> Read:
    """TCP flags as a number, as 0x1b, or as nfdump's letters ("...AP.SF")."""
    if not pa.types.is_string(values.type):
        return number(pa.uint16())(values)

    def parse(text: str) -> int:
        if text[:1].isdigit():
            return int(text, 0)
        return sum(TCP_FLAGS[letter] if letter in TCP_FLAGS else _no_flag(text) for letter in text if letter != ".")

    return by_distinct(values, pa.uint16(), parse)


def _no_flag(text: str) -> int:
    raise ValueError(text)


def hexadecimal(wanted: pa.DataType) -> Reader:
    """Numbers as 0x2a, or decimal."""

    def read(values: pa.Array) -> Read:
        if not pa.types.is_string(values.type):
            return number(wanted)(values)
        return by_distinct(values, wanted, lambda text: int(text, 0))

    return read


def one_of(meanings: Mapping[str, Any], wanted: pa.DataType) -> Reader:
    """What labels or numbers mean, by their text in lower case; None says nothing."""

    def parse(value: object) -> Any:
        value_read = str(value).lower()
        if value_read not in meanings:
            raise ValueError(value_read)
        return meanings[value_read]

    return lambda values: by_distinct(values, wanted, parse)


def ip_version(addresses: pa.Array) -> pa.Array:
    """4 for mapped addresses, 6 for the others, null where there is none."""
    packed = np.frombuffer(addresses.buffers()[1], np.uint8).reshape(-1, 16)[addresses.offset :][: len(addresses)]
    is_mapped = (packed[:, :12] == np.frombuffer(MAPPED, np.uint8)).all(axis=1)
    versions = pa.array(np.where(is_mapped, 4, 6).astype(np.uint8))
    return pc.if_else(addresses.is_valid(), versions, None)
