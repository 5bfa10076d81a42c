"""Export files to measure with: the same flows as NetFlow v5, v9, IPFIX and sFlow v5, written all at once with numpy.

Belongs here: making captures. Does not belong here: timing (bench/decode.py).
"""

import struct
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

CLOCK = 1_760_000_000
UPTIME_MS = 1_100_000
V5 = np.dtype([
    ("src", ">u4"), ("dst", ">u4"), ("next_hop", ">u4"), ("in_if", ">u2"), ("out_if", ">u2"), ("packets", ">u4"),
    ("bytes", ">u4"), ("first", ">u4"), ("last", ">u4"), ("src_port", ">u2"), ("dst_port", ">u2"), ("pad", "u1"),
    ("flags", "u1"), ("protocol", "u1"), ("tos", "u1"), ("src_as", ">u2"), ("dst_as", ">u2"), ("src_mask", "u1"),
    ("dst_mask", "u1"), ("pad2", ">u2"),
])  # fmt: skip
TEMPLATE = (
    ("src", 8, 4), ("dst", 12, 4), ("src_port", 7, 2), ("dst_port", 11, 2), ("protocol", 4, 1), ("flags", 6, 1),
    ("tos", 5, 1), ("bytes", 1, 4), ("packets", 2, 4), ("in_if", 10, 4), ("out_if", 14, 4), ("src_as", 16, 4),
    ("dst_as", 17, 4), ("src_mask", 9, 1), ("dst_mask", 13, 1), ("next_hop", 15, 4),
)  # fmt: skip
V9_TEMPLATE = (*TEMPLATE, ("first", 22, 4), ("last", 21, 4))
IPFIX_TEMPLATE = (*TEMPLATE, ("first", 152, 8), ("last", 153, 8))
SFLOW = np.dtype([
    ("format", ">u4"), ("length", ">u4"), ("sequence", ">u4"), ("source", ">u4"), ("rate", ">u4"), ("pool", ">u4"),
    ("drops", ">u4"), ("in_if", ">u4"), ("out_if", ">u4"), ("records", ">u4"), ("raw", ">u4"), ("raw_length", ">u4"),
    ("link", ">u4"), ("frame_bytes", ">u4"), ("stripped", ">u4"), ("header_bytes", ">u4"), ("mac", "12u1"),
    ("type", ">u2"), ("version", "u1"), ("tos", "u1"), ("ip_bytes", ">u2"), ("id", ">u2"), ("fragment", ">u2"),
    ("ttl", "u1"), ("protocol", "u1"), ("checksum", ">u2"), ("src", ">u4"), ("dst", ">u4"), ("src_port", ">u2"),
    ("dst_port", ">u2"), ("rest", "90u1"), ("switch", ">u4"), ("switch_length", ">u4"), ("vlans", "4>u4"),
])  # fmt: skip
DATAGRAMS_A_SECOND = 1000
SFLOW_FRAME_BYTES = 1518


def flows(count: int) -> np.ndarray:
    """Made-up flows from a fixed seed: many peers, a thousand of our own addresses."""
    random = np.random.default_rng(7)
    made = np.zeros(count, V5)
    made["src"] = random.integers(1 << 24, 3 << 30, count)
    made["dst"] = (10 << 24) + random.integers(0, 1000, count)
    made["next_hop"] = (192 << 24) + random.integers(0, 16, count)
    made["in_if"], made["out_if"] = random.integers(1, 20, count), random.integers(1, 20, count)
    made["packets"] = random.geometric(0.05, count)
    made["bytes"] = made["packets"].astype(np.int64) * random.integers(40, 1500, count)
    made["first"] = random.integers(0, 50_000, count) + 1_000_000
    made["last"] = made["first"].astype(np.int64) + random.integers(0, 10_000, count)
    made["src_port"], made["dst_port"] = random.integers(1024, 65_535, count), random.choice([443, 80, 8443], count)
    made["flags"], made["protocol"] = random.choice([16, 24, 27], count), random.choice([6, 6, 6, 17], count)
    made["src_as"], made["src_mask"] = random.integers(1, 64_495, count), random.integers(16, 25, count)
    return made


def _templated(made: np.ndarray, template: tuple[tuple[str, int, int], ...]) -> np.ndarray:
    records = np.zeros(len(made), np.dtype([(name, f">u{length}") for name, _, length in template]))
    for name in records.dtype.names:
        records[name] = made[name]
    return records


def _pieces(records: np.ndarray, at_once: int) -> Iterable[tuple[int, int, bytes]]:
    raw, size = records.tobytes(), records.dtype.itemsize
    for number, at in enumerate(range(0, len(records), at_once)):
        yield number, at, raw[at * size : (at + at_once) * size]


def netflow_v5(made: np.ndarray) -> Iterable[bytes]:
    for number, at, raw in _pieces(made, 30):
        seconds = CLOCK + number // DATAGRAMS_A_SECOND
        yield struct.pack(">HHIIIIHH", 5, len(raw) // 48, UPTIME_MS, seconds, 0, at, 1, 0x4000 | 1000) + raw


def netflow_v9(made: np.ndarray) -> Iterable[bytes]:
    for number, _, raw in _pieces(_templated(made, V9_TEMPLATE), 26):
        filled = raw + bytes(-len(raw) % 4)
        sets = _template_set(0, V9_TEMPLATE, number) + struct.pack(">HH", 256, 4 + len(filled)) + filled
        yield struct.pack(">HHIIII", 9, 1, UPTIME_MS, CLOCK + number // DATAGRAMS_A_SECOND, number, 1) + sets


def ipfix(made: np.ndarray) -> Iterable[bytes]:
    records = _templated(made, IPFIX_TEMPLATE)
    for name in ("first", "last"):
        records[name] = CLOCK * 1000 - UPTIME_MS + made[name].astype(np.int64)
    for number, at, raw in _pieces(records, 23):
        sets = _template_set(2, IPFIX_TEMPLATE, number) + struct.pack(">HH", 256, 4 + len(raw)) + raw
        yield struct.pack(">HHIII", 10, 16 + len(sets), CLOCK + number // DATAGRAMS_A_SECOND, at, 1) + sets


def _template_set(set_id: int, template: tuple[tuple[str, int, int], ...], number: int) -> bytes:
    """The template, in one datagram of a thousand."""
    if number % DATAGRAMS_A_SECOND:
        return b""
    told = b"".join(struct.pack(">HH", element, length) for _, element, length in template)
    return struct.pack(">HHHH", set_id, 8 + len(told), 256, len(template)) + told


def sflow_v5(made: np.ndarray) -> Iterable[bytes]:
    samples = np.zeros(len(made), SFLOW)
    for name, value in {
        "format": 1, "length": SFLOW.itemsize - 8, "sequence": np.arange(len(made)), "source": 3, "rate": 1000,
        "records": 2, "raw": 1, "raw_length": 144, "link": 1, "frame_bytes": SFLOW_FRAME_BYTES, "stripped": 4,
        "header_bytes": 128,
        "type": 0x0800, "version": 0x45, "ip_bytes": 1500, "ttl": 60, "switch": 1001, "switch_length": 16, "vlans": 10,
    }.items():  # fmt: skip
        samples[name] = value
    for name in ("in_if", "out_if", "protocol", "src", "dst", "src_port", "dst_port"):
        samples[name] = made[name]
    for number, at, raw in _pieces(samples, 7):
        count = min(7, len(samples) - at)
        yield struct.pack(">IIIIIII", 5, 1, 0xC0000201, 0, number, number, count) + raw


PROTOCOLS: dict[str, Callable[[np.ndarray], Iterable[bytes]]] = {
    "NetFlow v5": netflow_v5,
    "NetFlow v9": netflow_v9,
    "IPFIX": ipfix,
    "sFlow v5": sflow_v5,
}


def write_pcap(path: Path, payloads: Iterable[bytes]) -> None:
    """A capture of these datagrams, from 192.0.2.1."""
    with path.open("wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1))
        for number, payload in enumerate(payloads):
            udp = struct.pack(">HHHH", 5000, 2055, 8 + len(payload), 0)
            ip = struct.pack(">BBHHHBBHII", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0, 0xC0000201, 0xC0000209)
            frame = bytes(12) + b"\x08\x00" + ip + udp + payload
            seconds = CLOCK + number // DATAGRAMS_A_SECOND
            out.write(struct.pack("<IIII", seconds, 0, len(frame), len(frame)) + frame)
