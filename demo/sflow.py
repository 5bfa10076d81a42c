"""sFlow version 5 (sflow.org, July 2004): each packet that a switch samples, sent within a second, and its counters.

Belongs here: datagrams, flow samples of raw packet headers, counter samples. Does not belong here: which packets were
sampled (demo.flows), the headers of sampled packets (demo.packets).
"""

import struct
from itertools import pairwise

import numpy as np

from demo.flows import Numbers
from demo.packets import HEADER_BYTES, LINK_BYTES, TRAILER_BYTES, SampledPackets
from demo.records import Rows
from demo.scenario import Router
from demo.wire import WRAP, RouterClock, frame

VERSION, IPV4_AGENT, SUB_AGENT = 5, 1, 0
FLOW_SAMPLE, COUNTER_SAMPLE = 1, 2
RAW_HEADER, ETHERNET = 1, 1
SAMPLES_A_DATAGRAM = 8
# Of the switch's uplink; its sequence is apart from that of the flow samples.
COUNTED_INTERFACE, COUNTERS_SEQUENCE = 10, -1
ETHERNET_CSMACD, FULL_DUPLEX, UP = 6, 1, 3
UPLINK_SPEED = 800_000_000_000
UNKNOWN = b"\xff"
SAMPLE = np.dtype(
    [
        ("format", ">u4"), ("length", ">u4"), ("sequence", ">u4"), ("source", ">u4"), ("rate", ">u4"),
        ("pool", ">u4"), ("drops", ">u4"), ("in_if", ">u4"), ("out_if", ">u4"), ("records", ">u4"),
        ("record_format", ">u4"), ("record_length", ">u4"), ("header_protocol", ">u4"), ("frame_length", ">u4"),
        ("stripped", ">u4"), ("header_length", ">u4"), ("header", f"{HEADER_BYTES}u1"),
    ]
)  # fmt: skip


def day_of_frames(
    router: Router, clock: RouterClock, packets: SampledPackets, polls_ms: list[int]
) -> list[tuple[int, bytes]]:
    """When each datagram of a day was sent, and the datagram as captured: samples, and counters when polled."""
    rows = _samples(packets, clock)
    sent: list[tuple[int, slice | None]] = [(moment, None) for moment in polls_ms]
    sent += [(int(packets.moments_ms[chunk.stop - 1]), chunk) for chunk in _datagrams(packets.moments_ms)]
    frames = []
    for moment, chunk in sorted(sent, key=lambda one: one[0]):
        samples = _counters(clock) if chunk is None else rows[chunk].tobytes()
        count = 1 if chunk is None else chunk.stop - chunk.start
        header = (VERSION, IPV4_AGENT, router.exporter[12:], SUB_AGENT, clock.next_sequence(), clock.uptime(moment))
        frames.append((moment, frame(router, struct.pack(">II4sIIII", *header, count) + samples, moment)))
    return frames


def _samples(packets: SampledPackets, clock: RouterClock) -> Rows:
    """The packets as flow samples, each with one record: the raw header."""
    rows = np.zeros(len(packets.packet_bytes), SAMPLE)
    rows["format"], rows["length"], rows["records"] = FLOW_SAMPLE, SAMPLE.itemsize - 8, 1
    rows["record_format"], rows["record_length"] = RAW_HEADER, 16 + HEADER_BYTES
    rows["header_protocol"], rows["header_length"], rows["stripped"] = ETHERNET, HEADER_BYTES, TRAILER_BYTES
    rows["frame_length"] = LINK_BYTES + packets.packet_bytes + TRAILER_BYTES
    rows["in_if"], rows["out_if"], rows["source"] = (packets.columns[name] for name in ("in_if", "out_if", "in_if"))
    rows["rate"], rows["sequence"] = packets.interval, _sequences(packets.columns["in_if"], clock)
    rows["pool"] = rows["sequence"].astype(np.int64) * packets.interval % WRAP
    rows["header"] = packets.headers()
    return rows


def _sequences(sources: Numbers, clock: RouterClock) -> Numbers:
    """The numbers of samples: each source, which is the interface that a packet came in by, counts its own."""
    sequences = np.zeros(len(sources), np.int64)
    for source in np.unique(sources).tolist():
        places = np.flatnonzero(sources == source)
        before = clock.samples.get(source, 0)
        sequences[places] = (before + 1 + np.arange(len(places))) % WRAP
        clock.samples[source] = before + len(places)
    return sequences


def _datagrams(moments: Numbers) -> list[slice]:
    """The samples by datagram: a sample waits for others of its second at most."""
    edges = [0, *(np.flatnonzero(np.diff(moments // 1000)) + 1).tolist(), len(moments)]
    return [
        slice(at, min(at + SAMPLES_A_DATAGRAM, last))
        for first, last in pairwise(edges)
        for at in range(first, last, SAMPLES_A_DATAGRAM)
    ]


def _counters(clock: RouterClock) -> bytes:
    """A counter sample: the uplink's type, speed and state, and all counts unknown, which are all ones."""
    clock.samples[COUNTERS_SEQUENCE] = clock.samples.get(COUNTERS_SEQUENCE, 0) + 1
    interface = struct.pack(">IIQII", COUNTED_INTERFACE, ETHERNET_CSMACD, UPLINK_SPEED, FULL_DUPLEX, UP)
    counters = interface + UNKNOWN * 60 + bytes(4)
    sample = struct.pack(">III", clock.samples[COUNTERS_SEQUENCE], COUNTED_INTERFACE, 1)
    sample += struct.pack(">II", 1, len(counters)) + counters
    return struct.pack(">II", COUNTER_SAMPLE, len(sample)) + sample
