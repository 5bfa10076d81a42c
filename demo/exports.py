"""Exports: what a router's sampled flows look like on the wire, NetFlow v9 (RFC 3954) or v5, in pcap files.

Belongs here: datagrams, their clocks and sequence numbers. Does not belong here: which flows there were (demo.flows).
"""

import ipaddress
import struct
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import numpy.typing as npt

from demo.flows import DAY_MS, Flows, Numbers, midnight_ms
from demo.scenario import Router, Scenario

BIN_MS = 300_000
BINS_A_DAY = DAY_MS // BIN_MS
# A router exports what ended in a bin a second after the bin's end.
EXPORT_DELAY_MS = 1000
RECORDS_A_DATAGRAM = 24
# Each file of a day begins with the export at midnight, which is one of those that carry templates and options.
TEMPLATES_EVERY_BINS = 24
V4_TEMPLATE, V6_TEMPLATE, OPTIONS_TEMPLATE = 256, 257, 258
SAMPLER_ID = 1
COLLECTOR_ADDRESS, COLLECTOR_PORT = ipaddress.IPv4Address("198.51.100.250").packed, 2055
WRAP = 1 << 32
# NetFlow v5 has 16 bits for an AS number; longer ones show as AS_TRANS (RFC 6793, section 9).
AS_NUMBER_MAX_OF_V5, AS_TRANS = 0xFFFF, 23456

COMMON_FIELDS = [
    ("src_port", 7, ">u2"),
    ("dst_port", 11, ">u2"),
    ("protocol", 4, "u1"),
    ("tcp_flags", 6, "u1"),
    ("tos", 5, "u1"),
    ("direction", 61, "u1"),
    ("in_if", 10, ">u4"),
    ("out_if", 14, ">u4"),
    ("bytes", 1, ">u8"),
    ("packets", 2, ">u4"),
    ("first", 22, ">u4"),
    ("last", 21, ">u4"),
    ("src_as", 16, ">u4"),
    ("dst_as", 17, ">u4"),
    ("sampler_id", 48, "u1"),
]
V4_FIELDS = [("src_addr", 8, "4u1"), ("dst_addr", 12, "4u1"), *COMMON_FIELDS]
V6_FIELDS = [("src_addr", 27, "16u1"), ("dst_addr", 28, "16u1"), *COMMON_FIELDS]
V4_RECORD = np.dtype([(name, kind) for name, _, kind in V4_FIELDS])
V6_RECORD = np.dtype([(name, kind) for name, _, kind in V6_FIELDS])
V5_RECORD = np.dtype(
    [
        ("src_addr", "4u1"), ("dst_addr", "4u1"), ("next_hop", "4u1"), ("in_if", ">u2"), ("out_if", ">u2"),
        ("packets", ">u4"), ("bytes", ">u4"), ("first", ">u4"), ("last", ">u4"), ("src_port", ">u2"),
        ("dst_port", ">u2"), ("pad", "u1"), ("tcp_flags", "u1"), ("protocol", "u1"), ("tos", "u1"),
        ("src_as", ">u2"), ("dst_as", ">u2"), ("src_mask", "u1"), ("dst_mask", "u1"), ("pad2", ">u2"),
    ]
)  # fmt: skip
PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


@dataclass
class RouterClock:
    """What a router carries from day to day: since when it is up, and its sequence number."""

    booted_ms: int
    sequence: int = 0

    def uptime(self, moment_ms: int) -> int:
        return (moment_ms - self.booted_ms) % WRAP


@dataclass
class DayOfExports:
    """The datagrams that leave a router for one day's bins, and which records of them were lost on the way."""

    frames: list[bytes] = field(default_factory=list)
    last_frames: list[bytes] = field(default_factory=list)
    lost: list[Numbers] = field(default_factory=list)


def export_day(
    scenario: Scenario, router: Router, flows: Flows, asns: npt.NDArray[np.uint32], day: date, clock: RouterClock
) -> DayOfExports:
    """Export the sampled flows of a day, in order of their end; those without a sampled packet leave no record.

    The last bin's datagrams go out after midnight: they are `last_frames`, for the next day's file. `asns` are the
    origin AS numbers of the scenario's networks, 0 for none.
    """
    made, midnight = DayOfExports(), midnight_ms(day)
    ordered = np.argsort(flows.end_ms, kind="stable")
    ordered = ordered[flows.sampled_packets[ordered] > 0]
    bins = flows.end_ms[ordered] // BIN_MS
    edges = np.searchsorted(bins, np.arange(BINS_A_DAY + 1))
    v9 = router.protocol == "netflow_v9"
    records = _records(router, flows.where(ordered), asns, midnight, clock)
    is_v6 = flows.ip_version[ordered] == 6
    losing = _bins_with_a_loss(scenario, router, day)
    for number in range(BINS_A_DAY):
        exported_ms = midnight + (number + 1) * BIN_MS + EXPORT_DELAY_MS
        if _is_down(scenario, router, exported_ms):
            continue
        fall = _restart(scenario, router, clock, exported_ms)
        if fall:
            _lower_uptimes(records, edges[number], fall)
        frames = made.last_frames if number == BINS_A_DAY - 1 else made.frames
        chunks = _chunks(edges[number], edges[number + 1])
        with_templates = (number + 1) % TEMPLATES_EVERY_BINS == 0
        for place, chunk in enumerate(chunks):
            payload = (
                _v9(router, clock, exported_ms, records, is_v6, chunk, with_templates and place == 0)
                if v9
                else _v5(router, clock, exported_ms, records[0], chunk)
            )
            if number in losing and place == 0:
                made.lost.append(ordered[chunk])
            else:
                frames.append(_frame(router, payload, exported_ms))
    return made


def opening(router: Router, clock: RouterClock, day: date) -> bytes:
    """What a router exports at the midnight that a day begins with, where the flows before it are not simulated."""
    exported_ms = midnight_ms(day) + EXPORT_DELAY_MS
    none, v4, v6 = slice(0, 0), np.zeros(0, V4_RECORD), np.zeros(0, V6_RECORD)
    if router.protocol == "netflow_v5":
        return _frame(router, _v5(router, clock, exported_ms, np.zeros(0, V5_RECORD), none), exported_ms)
    payload = _v9(router, clock, exported_ms, (v4, v6), np.zeros(0, np.bool_), none, with_templates=True)
    return _frame(router, payload, exported_ms)


def _chunks(first: int, last: int) -> list[slice]:
    """A bin's records by datagram; a bin without records has one datagram without any, so that it is not silent."""
    return [slice(at, min(at + RECORDS_A_DATAGRAM, last)) for at in range(first, last, RECORDS_A_DATAGRAM)] or [
        slice(first, first)
    ]


def _is_down(scenario: Scenario, router: Router, exported_ms: int) -> bool:
    """Whether a router is in its maintenance outage, before which it still exports what it has."""
    outage = scenario.told["outage"]
    if router.name != outage["router"]:
        return False
    began_ms, ended_ms = (
        midnight_ms(outage["day"]) + outage[hour] * 3_600_000 + EXPORT_DELAY_MS for hour in ("from_hour", "to_hour")
    )
    return began_ms < exported_ms < ended_ms


def _bins_with_a_loss(scenario: Scenario, router: Router, day: date) -> set[int]:
    """The bins of a day whose first datagram never arrives: the third of each hour told."""
    return {
        hour * 12 + 2
        for lost in scenario.told["lost_datagrams"]
        if lost["router"] == router.name and lost["day"] == day
        for hour in lost["hours"]
    }


def _restart(scenario: Scenario, router: Router, clock: RouterClock, exported_ms: int) -> int:
    """A restarted router counts its uptime and its datagrams anew; returns by how much its uptimes fall, in ms."""
    restart = scenario.told["restart"]
    at_ms = round(restart["at"].timestamp() * 1000)
    if router.name != restart["router"] or not clock.booted_ms < at_ms <= exported_ms:
        return 0
    fall = at_ms - clock.booted_ms
    clock.booted_ms, clock.sequence = at_ms, 0
    return fall


def _records(
    router: Router, flows: Flows, asns: npt.NDArray[np.uint32], midnight: int, clock: RouterClock
) -> tuple[npt.NDArray[np.void], npt.NDArray[np.void]]:
    """All records of a day, once as IPv4 and once as IPv6 (each used where it applies); uptimes are set by bin."""
    ingress, boundary = flows.side == 1, flows.side > 0
    asn = np.where(boundary, asns[flows.network], 0)
    v5 = router.protocol == "netflow_v5"
    if v5:
        asn = np.where(asn > AS_NUMBER_MAX_OF_V5, AS_TRANS, asn)
    columns: dict[str, npt.NDArray[np.generic] | int] = {
        "src_port": np.where(ingress, 443, flows.port),
        "dst_port": np.where(ingress, flows.port, 443),
        "protocol": 6,
        "tcp_flags": 0x18,
        "in_if": np.where(flows.side == 2, flows.internal_interface, flows.interface),
        "out_if": np.where(flows.side == 2, flows.interface, flows.internal_interface),
        "bytes": flows.sampled_bytes,
        "packets": flows.sampled_packets,
        "first": (midnight + flows.start_ms - clock.booted_ms) % WRAP,
        "last": (midnight + flows.end_ms - clock.booted_ms) % WRAP,
        "src_as": np.where(ingress, asn, 0),
        "dst_as": np.where(ingress, 0, asn),
        "sampler_id": SAMPLER_ID,
    }
    source, destination = (
        np.where(ingress[:, None], flows.peer, flows.own),
        np.where(ingress[:, None], flows.own, flows.peer),
    )
    return (
        _table(V5_RECORD if v5 else V4_RECORD, columns, source[:, 12:], destination[:, 12:]),
        _table(V6_RECORD, columns, source, destination),
    )


def _lower_uptimes(records: tuple[npt.NDArray[np.void], ...], first: int, fall: int) -> None:
    """From the first record after a restart on; what began before it wraps around to just below 2^32."""
    for rows in records:
        for name in ("first", "last"):
            rows[name][first:] = (rows[name][first:].astype(np.int64) - fall) % WRAP


def _table(
    record: np.dtype[np.void],
    columns: dict[str, npt.NDArray[np.generic] | int],
    source: npt.NDArray[np.uint8],
    destination: npt.NDArray[np.uint8],
) -> npt.NDArray[np.void]:
    rows = np.zeros(len(source), record)
    for name, values in columns.items():
        if name in (record.names or ()):
            rows[name] = values
    rows["src_addr"], rows["dst_addr"] = source, destination
    return rows


def _v9(
    router: Router,
    clock: RouterClock,
    exported_ms: int,
    records: tuple[npt.NDArray[np.void], npt.NDArray[np.void]],
    is_v6: npt.NDArray[np.bool_],
    chunk: slice,
    with_templates: bool,
) -> bytes:
    v4, v6 = records[0][chunk][~is_v6[chunk]], records[1][chunk][is_v6[chunk]]
    sets, count = [], len(v4) + len(v6)
    if with_templates or not count:
        sets += [_templates(), _options(router)]
        count += 4
    sets += [_flow_set(V4_TEMPLATE, v4), _flow_set(V6_TEMPLATE, v6)]
    header = struct.pack(
        ">HHIIII", 9, count, clock.uptime(exported_ms), exported_ms // 1000, clock.sequence, _source_id(router)
    )
    clock.sequence = (clock.sequence + 1) % WRAP
    return header + b"".join(sets)


def _source_id(router: Router) -> int:
    return router.exporter[-1]


def _flow_set(template: int, rows: npt.NDArray[np.void]) -> bytes:
    if not len(rows):
        return b""
    content = rows.tobytes()
    padding = -len(content) % 4
    return struct.pack(">HH", template, 4 + len(content) + padding) + content + bytes(padding)


def _templates() -> bytes:
    content = b""
    for template, fields_, record in ((V4_TEMPLATE, V4_FIELDS, V4_RECORD), (V6_TEMPLATE, V6_FIELDS, V6_RECORD)):
        content += struct.pack(">HH", template, len(fields_))
        content += b"".join(struct.pack(">HH", element, record[name].itemsize) for name, element, _ in fields_)
    return struct.pack(">HH", 0, 4 + len(content)) + content


def _options(router: Router) -> bytes:
    """The options template of the sampler (scope: the system) and its data: id, random sampling, 1 in N."""
    option_fields = [(48, 1), (49, 1), (50, 4)]
    template = struct.pack(">HHHHH", OPTIONS_TEMPLATE, 4, 12, 1, 4)
    template += b"".join(struct.pack(">HH", *one) for one in option_fields)
    padding = -len(template) % 4
    template = struct.pack(">HH", 1, 4 + len(template) + padding) + template + bytes(padding)
    content = struct.pack(">IBBI", 0, SAMPLER_ID, 2, router.sampling_interval)
    padding = -len(content) % 4
    return template + struct.pack(">HH", OPTIONS_TEMPLATE, 4 + len(content) + padding) + content + bytes(padding)


def _v5(router: Router, clock: RouterClock, exported_ms: int, records: npt.NDArray[np.void], chunk: slice) -> bytes:
    rows = records[chunk]
    header = struct.pack(
        ">HHIIIIBBH",
        5, len(rows), clock.uptime(exported_ms), exported_ms // 1000, exported_ms % 1000 * 1_000_000, clock.sequence,
        0, 0, 1 << 14 | router.sampling_interval,
    )  # fmt: skip
    clock.sequence = (clock.sequence + len(rows)) % WRAP
    return header + rows.tobytes()


def _frame(router: Router, payload: bytes, captured_ms: int) -> bytes:
    """A datagram as pcap record: Ethernet, IPv4 and UDP around the payload."""
    length = 8 + len(payload)
    ip = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, 20 + length, 0, 0x4000, 64, 17, 0, router.exporter[12:],
        COLLECTOR_ADDRESS,
    )  # fmt: skip
    ip = ip[:10] + struct.pack(">H", _checksum(ip)) + ip[12:]
    frame = (
        b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\x00"
        + ip
        + struct.pack(">HHHH", 50_000, COLLECTOR_PORT, length, 0)
        + payload
    )
    return struct.pack("<IIII", captured_ms // 1000, captured_ms % 1000 * 1000, len(frame), len(frame)) + frame


def _checksum(header: bytes) -> int:
    total = sum(struct.unpack(">10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
