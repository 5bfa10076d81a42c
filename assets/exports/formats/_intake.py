"""Taking datagrams in: what all protocols do once their headers are read.

Belongs here: datagrams of one protocol on their way into a gatherer, setting aside what is too short or came before,
and booking what came and was lost. Does not belong here: headers and records of one protocol.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from assets.exports.formats._datagrams import Datagrams, Numbers, distinct_numbers
from assets.exports.formats._state import DecoderState, FileOutcome
from assets.exports.formats._streams import Stream

Flags = npt.NDArray[np.bool_]


class Malformed(ValueError):  # noqa: N818
    """A datagram that is not what its format says; the text says what is wrong."""


@dataclass(frozen=True)
class Intake:
    """Datagrams of one protocol, who sent each (an index of `exporters`), the state and their file's outcome."""

    datagrams: Datagrams
    exporters: list[bytes]
    exporter: Numbers
    state: DecoderState
    outcome: FileOutcome

    def __len__(self) -> int:
        return len(self.datagrams)

    def chosen(self, rows: Flags) -> "Intake":
        return replace(self, datagrams=self.datagrams.chosen(rows), exporter=self.exporter[rows])

    def refuse(self, number: int, reason: str) -> None:
        """Count a datagram that is not what its format says."""
        self.state.malformed(self.outcome, number, reason)

    def with_header(self, header_bytes: int, protocol: str) -> "Intake":
        """Those that are long enough for their header; the others are malformed."""
        has_header = self.datagrams.lengths >= header_bytes
        if has_header.all():
            return self
        short = self.datagrams.chosen(~has_header)
        for number, length in zip(short.number.tolist(), short.lengths.tolist(), strict=True):
            self.refuse(number, f"a {protocol} header needs {header_bytes} bytes, {length} are there")
        return self.chosen(has_header)

    @cached_property
    def payloads(self) -> list[memoryview]:
        return self.datagrams.payloads()

    def repeated(self, exported_ms: Numbers) -> Flags:
        """Which datagrams were delivered before; they count as duplicates and for nothing else."""
        self.state.clocks.hear(self.exporters, self.exporter, self.datagrams.captured_ms, exported_ms)
        repeated = self.state.hashes.again(self.payloads, self.exporters, self.exporter, exported_ms // 1000)
        self.outcome.duplicates += int(repeated.sum())
        return repeated


@dataclass(frozen=True)
class Headers:
    """What the headers of datagrams say: domain, sequence number and clocks (ms); uptime is 0 where there is none."""

    domain: Numbers
    sequence: Numbers
    exported_ms: Numbers
    uptime_ms: Numbers


def streams_of(intake: Intake, domain: Numbers, protocol: str) -> tuple[list[Stream], Numbers]:
    """The streams (exporter, observation domain, protocol) that count, and which of them each datagram belongs to."""
    keys, stream = distinct_numbers(intake.exporter << 32 | domain)
    return [(intake.exporters[key >> 32], key & 0xFFFFFFFF, protocol) for key in keys.tolist()], stream
