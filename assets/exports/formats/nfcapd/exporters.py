"""What an nfcapd file tells of its exporters: who they are, how they sample, and what its collector missed.

Belongs here: the records beside the flow records (nfdump 1.7, src/libnffile/exporter.h), and the interval of a flow.
Does not belong here: flow records.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assets.exports.formats._datagrams import MAPPED, UNKNOWN_EXPORTER
from assets.exports.formats._state import FileOutcome
from assets.exports.formats._streams import Stream
from assets.exports.formats.nfcapd.block_records import FLOW, Walk

EXPORTER, EXPORTER_STATISTICS, SAMPLER_OLD, SAMPLER = 7, 8, 9, 15
EXPORTER_INFO = struct.Struct("<I16sHHI")
OLD_SAMPLER_INFO = struct.Struct("<iIHH")
SAMPLER_INFO = struct.Struct("<HHqII")
STATISTICS = struct.Struct("<IIQQ")
FLOWS_OF_1_6 = {1, 10}
AF_INET = 2
# Samplers of the collector's own: -s with a negative rate, told without an id, -s with a positive rate.
OVERWRITE, GENERIC, DEFAULT = -3, -1, -2
SYSTEM_IDS = 1 << 16
# More records than bytes of a datagram there can't be.
MOST_RECORDS = 65_535
UNKNOWN = -1
VERSIONS = {1: "netflow_v1", 5: "netflow_v5", 7: "netflow_v7", 9: "netflow_v9", 10: "ipfix", 9999: "sflow_v5"}


class Exporter(NamedTuple):
    """Who has a number in this file: its address (16 bytes), observation domain and protocol."""

    address: bytes
    observation_domain: int
    version: int


class Failures(NamedTuple):
    """How often an exporter's sequence numbers did not follow, and how many datagrams and records came of it."""

    gaps: int
    datagrams: int
    records: int


@dataclass
class Exporters:
    """Exporters, samplers and failures by the number that the collector gave the exporter; by sampler its interval."""

    exporters: dict[int, Exporter] = field(default_factory=dict)
    samplers: dict[int, dict[int, float]] = field(default_factory=dict)
    failures: dict[int, Failures] = field(default_factory=dict)

    def take(self, content: bytes, walk: Walk, outcome: FileOutcome) -> None:
        """Take all that a block tells beside its flows; what nfdump 1.6 wrote as flows is counted as undecoded."""
        kinds = walk.heads & 0xFFFF
        for number in np.flatnonzero(kinds != FLOW):
            at, size = int(walk.starts[number]), int(walk.heads[number]) >> 16
            self._take_record(int(kinds[number]), content[at + 4 : at + size], outcome)

    def _take_record(self, kind: int, body: bytes, outcome: FileOutcome) -> None:
        if kind == EXPORTER and len(body) >= EXPORTER_INFO.size:
            version, address, family, number, domain = EXPORTER_INFO.unpack_from(body)
            self.exporters[number] = Exporter(_address(address, family), domain, version)
        elif kind == SAMPLER and len(body) >= SAMPLER_INFO.size:
            number, _, sampler, packets, space = SAMPLER_INFO.unpack_from(body)
            if packets:
                self.samplers.setdefault(number, {})[sampler] = (packets + space) / packets
        elif kind == SAMPLER_OLD and len(body) >= OLD_SAMPLER_INFO.size:
            sampler, interval, _, number = OLD_SAMPLER_INFO.unpack_from(body)
            if interval:
                self.samplers.setdefault(number, {})[sampler] = float(interval)
        elif kind == EXPORTER_STATISTICS:
            self._tell_failures(body, outcome)
        elif kind in FLOWS_OF_1_6:
            outcome.undecoded_sets += 1
            outcome.note(f"a flow record of nfdump 1.6 (type {kind}) is passed over; rewrite the file with nfdump 1.7")

    def _tell_failures(self, body: bytes, outcome: FileOutcome) -> None:
        """Say in whose sequence numbers the collector saw gaps; how many records were lost is not told."""
        whole = body[4 : 4 + (len(body) - 4) // STATISTICS.size * STATISTICS.size]
        for number, failures, datagrams, records in STATISTICS.iter_unpack(whole):
            if failures:
                said = f"its collector counted {failures} sequence failures of exporter {number}"
                outcome.lose("sequence_failures", said, failures)
                self.failures[number] = Failures(failures, datagrams, records)

    def missed(self) -> Iterator[tuple[int, int]]:
        """About how many records of each exporter are missing: each gap is taken for one datagram of average size."""
        for number, (gaps, datagrams, records) in self.failures.items():
            yield number, max(gaps, round(gaps * min(records / max(datagrams, 1), MOST_RECORDS)))

    def stream(self, number: int) -> Stream:
        """Whose health is meant by a number; that of nobody where the file does not tell."""
        said = self.exporters.get(number)
        if said is None:
            return UNKNOWN_EXPORTER, 0, "nfcapd"
        return said.address, said.observation_domain, VERSIONS.get(said.version, "nfcapd")

    def interval(self, exporter: int, sampler: int, *, is_scaled: bool) -> float | None:
        """The sampling interval of a flow as nfcapd chose it (1.7.x, Process_v9_data); None where nothing tells it.

        `sampler` is 0 where the flow tells none. Only what was not multiplied can be of no sampler of the collector.
        """
        known = self.samplers.get(exporter, {})
        for one in (OVERWRITE, sampler, GENERIC, DEFAULT):
            if one in known and (is_scaled or one not in {OVERWRITE, DEFAULT}):
                return known[one]
        intervals = set(known.values())
        return intervals.pop() if is_scaled and len(intervals) == 1 else None

    def observation_domains(self) -> npt.NDArray[np.int64]:
        """The observation domain by exporter number, or UNKNOWN."""
        domains = np.full(SYSTEM_IDS, UNKNOWN, np.int64)
        for number, one in self.exporters.items():
            domains[number] = one.observation_domain
        return domains

    def versions(self) -> npt.NDArray[np.int64]:
        """The protocol's version by exporter number, or UNKNOWN."""
        versions = np.full(SYSTEM_IDS, UNKNOWN, np.int64)
        for number, one in self.exporters.items():
            versions[number] = one.version
        return versions

    def addresses(self, unknown: bytes) -> npt.NDArray[np.uint8]:
        """The address by exporter number, (65536, 16) bytes; `unknown` for those that the file does not tell."""
        addresses = np.empty((SYSTEM_IDS, 16), np.uint8)
        addresses[:] = np.frombuffer(unknown, np.uint8)
        for number, one in self.exporters.items():
            addresses[number] = np.frombuffer(one.address, np.uint8)
        return addresses


def _address(said: bytes, family: int) -> bytes:
    """An address as nfdump keeps it: in network order and mapped, or, with a family, as numbers of the machine."""
    if not family:
        return said
    high, low = struct.unpack("<QQ", said)
    return MAPPED + int(low & 0xFFFFFFFF).to_bytes(4, "big") if family == AF_INET else struct.pack(">QQ", high, low)
