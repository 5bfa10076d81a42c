"""NetFlow v5, and its kin v1 and v7: fixed records behind a short header.

Belongs here: their headers and records (Cisco NetFlow Collection Engine User Guide, appendix B).
Does not belong here: protocols with templates.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.formats._containers import Datagram
from assets.formats._decoding import Malformed, speaker
from assets.formats._gathering import (
    Group,
    absolute_ms,
    address_array,
    batches,
    constant_text,
    domain_exporters,
    mapped_addresses,
)
from assets.formats._state import DecoderState, FileOutcome
from assets.formats._templates import Domain

VERSIONS = (1, 5, 7)
INTERVAL_BITS = 0x3FFF
COMMON = [
    ("src_addr", "4u1"),
    ("dst_addr", "4u1"),
    ("next_hop", "4u1"),
    ("in_if", ">u2"),
    ("out_if", ">u2"),
    ("packets", ">u4"),
    ("bytes", ">u4"),
    ("first", ">u4"),
    ("last", ">u4"),
    ("src_port", ">u2"),
    ("dst_port", ">u2"),
]
V5_TAIL = [
    ("pad", "u1"),
    ("tcp_flags", "u1"),
    ("protocol", "u1"),
    ("tos", "u1"),
    ("src_as", ">u2"),
    ("dst_as", ">u2"),
    ("src_mask", "u1"),
    ("dst_mask", "u1"),
    ("pad2", ">u2"),
]
V1_TAIL = [("pad", ">u2"), ("protocol", "u1"), ("tos", "u1"), ("tcp_flags", "u1"), ("rest", "7u1")]


class Layout(NamedTuple):
    """A version's header length, record and whether it counts flows."""

    header_bytes: int
    record: np.dtype[np.void]


LAYOUTS = {
    1: Layout(16, np.dtype([*COMMON, *V1_TAIL])),
    5: Layout(24, np.dtype([*COMMON, *V5_TAIL])),
    7: Layout(24, np.dtype([*COMMON, *V5_TAIL, ("router", "4u1")])),
}


@dataclass
class FixedRecords:
    """Gathers the records of v1, v5 and v7 datagrams."""

    groups: dict[int, Group] = field(default_factory=dict)
    domains: dict[Domain, int] = field(default_factory=dict)
    gathered_bytes: int = 0

    def take(self, datagram: Datagram, exporter: bytes, state: DecoderState, outcome: FileOutcome) -> None:
        payload = datagram.payload
        version = int.from_bytes(payload[:2], "big")
        layout = LAYOUTS[version]
        if len(payload) < layout.header_bytes:
            raise Malformed(f"a NetFlow v{version} header needs {layout.header_bytes} bytes, {len(payload)} are there")
        told, uptime_ms, seconds, nanoseconds = struct.unpack_from(">HIII", payload, 2)
        number, engine, interval = struct.unpack_from(">IHH", payload, 16) if version == 5 else (0, 0, 0)
        exported_ms = seconds * 1000 + nanoseconds // 1_000_000
        domain = speaker(exporter, version, engine)
        protocol = f"netflow_v{version}"
        counted = state.health.bin_of((exporter, engine, protocol), exported_ms)
        if state.is_duplicate(domain, payload):
            counted.duplicates += 1
            outcome.duplicates += 1
            return
        group = self.groups.setdefault(version, Group(protocol, layout.record.itemsize))
        end = layout.header_bytes + told * layout.record.itemsize
        records = group.add(
            payload[layout.header_bytes : end],
            exported_ms=exported_ms,
            uptime_ms=uptime_ms,
            sequence=number,
            domain=self.domains.setdefault(domain, len(self.domains)),
            header_interval=interval & INTERVAL_BITS,
        )
        counted.datagrams += 1
        counted.data_records += records
        state.counts.datagrams += 1
        state.counts.data_records += records
        self.gathered_bytes += len(payload)
        if version == 5:
            state.health.follow((exporter, engine, protocol), counted, number=number, steps=told, uptime_ms=uptime_ms)
        if records < told:
            counted.malformed += 1
            raise Malformed(f"its header counts {told} records, {records} are there")

    def batches(self, state: DecoderState) -> Iterator[pa.RecordBatch]:
        for version, group in sorted(self.groups.items()):
            yield from _batches(group, LAYOUTS[version].record, list(self.domains), has_sequence=version == 5)
        self.groups.clear()
        self.domains.clear()
        self.gathered_bytes = 0


def gatherer() -> FixedRecords:
    """A gatherer for the datagrams of one file."""
    return FixedRecords()


def _batches(
    group: Group, record: np.dtype[np.void], domains: list[Domain], *, has_sequence: bool
) -> Iterator[pa.RecordBatch]:
    rows = np.frombuffer(b"".join(group.raw), record)
    count = len(rows)
    numbers = group.per_record(group.domain)
    exported, uptime = group.per_record(group.exported_ms), group.per_record(group.uptime_ms)
    names = rows.dtype.names or ()
    plain = (
        "bytes", "packets", "src_port", "dst_port", "protocol", "tcp_flags", "tos",
        "in_if", "out_if", "src_as", "dst_as", "src_mask", "dst_mask",
    )  # fmt: skip
    columns: dict[str, npt.NDArray[np.generic] | pa.Array] = {name: rows[name] for name in plain if name in names}
    domain_numbers = np.array([domain.observation_domain for domain in domains], np.int64)
    columns |= {
        "exporter": address_array(domain_exporters(domains, numbers)),
        "observation_domain": domain_numbers[numbers],
        "flow_protocol": constant_text(group.flow_protocol, count),
        "received_at": exported,
        "start_at": absolute_ms(exported, uptime, rows["first"].astype(np.int64)),
        "end_at": absolute_ms(exported, uptime, rows["last"].astype(np.int64)),
        "src_addr": address_array(mapped_addresses(rows["src_addr"])),
        "dst_addr": address_array(mapped_addresses(rows["dst_addr"])),
        "next_hop": address_array(mapped_addresses(rows["next_hop"])),
        "ip_version": np.full(count, 4, np.uint8),
    }
    if has_sequence:
        columns["datagram_sequence"] = group.per_record(group.sequence)
        columns |= _header_sampling(group.per_record(group.header_interval))
    yield from batches(count, columns)


def _header_sampling(interval: npt.NDArray[np.int64]) -> dict[str, pa.Array]:
    """The header's interval; 0 says nothing, so it is unknown, not 1."""
    told = interval > 0
    return {
        "sampling_interval": pa.array(interval.astype(np.float64), mask=~told),
        "sampling_source": pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(len(interval), np.int32), mask=~told), pa.array(["header"], pa.string())
        ),
    }
