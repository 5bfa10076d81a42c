"""The records in a block of an nfcapd file: where each begins, and where each extension of a flow record stands.

Belongs here: walking records and extensions, and their layouts (nfdump 1.7, src/libnffile/nfxV3.h).
Does not belong here: file and blocks, exporters and samplers, the columns of the flow record.
"""

import struct
from array import array
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from assets.exports.formats._datagrams import Numbers

Heads = npt.NDArray[np.uint32]
Rows = npt.NDArray[Any]
Truths = npt.NDArray[np.bool_]

HEAD = struct.Struct("<HH")
FLOW = 11
FLOW_HEADER = np.dtype(
    [
        ("type", "<u2"),
        ("size", "<u2"),
        ("extensions", "<u2"),
        ("engine", "<u2"),
        ("exporter", "<u2"),
        ("flags", "u1"),
        ("version", "u1"),
    ]
)
GENERIC, IPV4, IPV6, MISC, COUNTERS, VLAN, ROUTING = 1, 2, 3, 4, 5, 6, 7
NEXT_HOP_V4, NEXT_HOP_V6, RECEIVED_V4, RECEIVED_V6 = 10, 11, 12, 13
SAMPLER, OBSERVATION, LAYER_2 = 18, 33, 38
MILLISECONDS_AND_COUNTERS = [(name, "<u8") for name in ("start_at", "end_at", "received_at", "packets", "bytes")]
EXTENSIONS: dict[int, np.dtype[Any]] = {
    GENERIC: np.dtype(
        [
            *MILLISECONDS_AND_COUNTERS,
            ("src_port", "<u2"),
            ("dst_port", "<u2"),
            ("protocol", "u1"),
            ("tcp_flags", "u1"),
            ("forwarding", "u1"),
            ("tos", "u1"),
        ]
    ),
    IPV4: np.dtype([("src_addr", "<u4"), ("dst_addr", "<u4")]),
    IPV6: np.dtype([("src_addr", "<u8", 2), ("dst_addr", "<u8", 2)]),
    MISC: np.dtype(
        [
            ("in_if", "<u4"),
            ("out_if", "<u4"),
            ("src_mask", "u1"),
            ("dst_mask", "u1"),
            ("metering_direction", "u1"),
            ("dst_tos", "u1"),
        ]
    ),
    COUNTERS: np.dtype([("flows", "<u8"), ("packets", "<u8"), ("bytes", "<u8")]),
    VLAN: np.dtype([("vlan", "<u4"), ("dst_vlan", "<u4")]),
    ROUTING: np.dtype([("src_as", "<u4"), ("dst_as", "<u4")]),
    NEXT_HOP_V4: np.dtype([("next_hop", "<u4")]),
    NEXT_HOP_V6: np.dtype([("next_hop", "<u8", 2)]),
    RECEIVED_V4: np.dtype([("exporter", "<u4")]),
    RECEIVED_V6: np.dtype([("exporter", "<u8", 2)]),
    SAMPLER: np.dtype([("sampler_id", "<u4"), ("sampler_id_high", "<u4"), ("exporter", "<u2"), ("rest", "<u2")]),
    OBSERVATION: np.dtype([("point", "<u8"), ("observation_domain", "<u4")]),
    LAYER_2: np.dtype([("vlan", "<u2")]),
}
"""The beginning of each extension that fills a column, behind its header of type and length (16 bits each)."""

SLOTS = np.zeros(1 << 16, np.int8)
SLOTS[list(EXTENSIONS)] = range(1, len(EXTENSIONS) + 1)
NEEDED_BYTES = np.array([0, *(layout.itemsize for layout in EXTENSIONS.values())]) + 4
ABSENT = -1
# So many records of one size after another, and the rest of their run is looked for in steps that grow.
PATIENCE = 32
FIRST_STEP, LONGEST_STEP = 64, 4096


class Walk(NamedTuple):
    """Where the records of a block begin, their heads (type in the low, size in the high 16 bits), and the end."""

    starts: Numbers
    heads: Heads
    end: int


def view(content: bytes, layout: np.dtype[Any]) -> Rows:
    """The block as if a value of this layout began at each of its bytes."""
    return np.ndarray((max(0, len(content) - layout.itemsize + 1),), layout, content, strides=(1,))


def walk(content: bytes) -> Walk:
    """The records of a block, up to one that is cut short or says an impossible size; they need not be aligned."""
    heads = view(content, np.dtype("<u4"))
    starts = array("q")
    at, previous, same = 0, 0, 0
    while at < len(heads):
        _, size = HEAD.unpack_from(content, at)
        if size < HEAD.size or at + size > len(content):
            break
        same = same + 1 if size == previous else 0
        previous = size
        if same < PATIENCE:
            starts.append(at)
            at += size
        else:
            count = _run(heads, at, len(content))
            starts.extend(range(at, at + count * size, size))
            at += count * size
    found = np.frombuffer(starts, np.int64) if starts else np.zeros(0, np.int64)
    return Walk(found, heads[found], at)


def _run(heads: Heads, at: int, end: int) -> int:
    """How many whole records from `at` on have the head of the first."""
    head, size, count, step = heads[at], int(heads[at]) >> 16, 0, FIRST_STEP
    while True:
        same = heads[at + count * size : at + (count + step) * size : size] == head
        found = len(same) if same.all() else int(same.argmin())
        count += found
        if found < step:
            return min(count, (end - at) // size)
        step = min(step * 2, LONGEST_STEP)


class FlowRecords:
    """The flow records of a block, all at once: their headers, and each extension with who has it."""

    def __init__(self, content: bytes, headers: Rows, places: Numbers) -> None:
        self.content = content
        self.headers = headers
        self.places = places
        self.present = set(np.flatnonzero((places != ABSENT).any(axis=1)).tolist())
        self.gathered: dict[int, tuple[Rows, Truths]] = {}

    def __len__(self) -> int:
        return len(self.headers)

    def those(self, are_wanted: Truths) -> "FlowRecords":
        """Some of them."""
        return FlowRecords(self.content, self.headers[are_wanted], self.places[:, are_wanted])

    def has(self, extension: int) -> bool:
        """Whether any record has it."""
        return int(SLOTS[extension]) in self.present

    def extension(self, extension: int) -> tuple[Rows, Truths]:
        """An extension of every record, and which records have it; the values of those that do not mean nothing."""
        if extension not in self.gathered:
            places = self.places[SLOTS[extension]]
            is_there = places != ABSENT
            anywhere = int(places[is_there.argmax()])
            values = view(self.content, EXTENSIONS[extension])[np.where(is_there, places, anywhere)]
            self.gathered[extension] = values, is_there
        return self.gathered[extension]


def flow_records(content: bytes, starts: Numbers) -> tuple[FlowRecords, int]:
    """The flow records that begin at these bytes of a block, and how many were left out as not what they say."""
    headers = view(content, FLOW_HEADER)
    fitting = starts[starts < len(headers)]
    fitting = fitting[headers["size"][fitting] >= FLOW_HEADER.itemsize]
    places, is_good = _places(content, fitting, headers[fitting])
    flows = FlowRecords(content, headers[fitting], places)
    flows = flows if is_good.all() else flows.those(is_good)
    return flows, len(starts) - len(flows)


def _places(content: bytes, starts: Numbers, headers: Rows) -> tuple[Numbers, Truths]:
    """Per extension and record where its value stands, or ABSENT; and which records are as they say."""
    heads = view(content, np.dtype("<u4"))
    places = np.full((len(EXTENSIONS) + 1, len(starts)), ABSENT, np.int64)
    ends = starts + headers["size"]
    is_good = np.ones(len(starts), bool)
    at = starts + FLOW_HEADER.itemsize
    for rows in _rows_with_extension(headers["extensions"], is_good):
        fits = at[rows] + 4 <= ends[rows]
        is_good[rows[~fits]] = False
        rows = rows[fits]
        here = at[rows]
        lengths, slots = heads[here] >> 16, SLOTS[heads[here] & 0xFFFF]
        whole = (lengths >= NEEDED_BYTES[slots]) & (here + lengths <= ends[rows])
        is_good[rows[~whole]] = False
        places[slots[whole], rows[whole]] = here[whole] + 4
        at[rows] += lengths
    return places, is_good


def _rows_with_extension(counts: Numbers, is_good: Truths) -> Iterator[Numbers]:
    """For each number of extension from 0 on the good records that have so many; the caller takes the bad ones out."""
    rows, number = np.arange(len(counts)), 0
    while len(rows := rows[is_good[rows] & (counts[rows] > number)]):
        yield rows
        number += 1
