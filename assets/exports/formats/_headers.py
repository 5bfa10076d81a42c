"""What the headers of datagrams said, gathered until the records behind them become columns.

Belongs here: one entry a datagram, and the same by record. Does not belong here: reading headers, or records.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from assets.exports.formats._datagrams import Numbers
from assets.exports.formats._intake import Headers
from assets.exports.formats._templates import Domain


@dataclass(frozen=True)
class HeaderColumns:
    """What headers say, one number a datagram or a record; `domain` is an index of `domains`.

    `sent` is the header's clock in seconds and the sequence number as one number.
    """

    flow_protocol: str
    domains: list[Domain]
    domain: Numbers
    sequence: Numbers
    exported_ms: Numbers
    uptime_ms: Numbers
    sent: npt.NDArray[np.uint64]

    def of_records(self, which: Numbers) -> "HeaderColumns":
        """The same by record, given the datagram of each."""
        return replace(
            self,
            domain=self.domain[which],
            sequence=self.sequence[which],
            exported_ms=self.exported_ms[which],
            uptime_ms=self.uptime_ms[which],
            sent=self.sent[which],
        )


@dataclass
class GatheredHeaders:
    """Headers of datagrams of one protocol, in the order in which they were taken."""

    flow_protocol: str
    number_of: dict[Domain, int] = field(default_factory=dict)
    blocks: list[tuple[npt.NDArray[np.generic], ...]] = field(default_factory=list)
    count: int = 0

    def extend(self, domains: Sequence[Domain], domain: Numbers, headers: Headers, sent: npt.NDArray[np.uint64]) -> int:
        """Take the headers of a block, whose `domain` is an index of `domains`; returns the place of the first."""
        numbers = [self.number_of.setdefault(one, len(self.number_of)) for one in domains]
        place, self.count = self.count, self.count + len(domain)
        known = np.array(numbers, np.int64)[domain]
        self.blocks.append((known, headers.sequence, headers.exported_ms, headers.uptime_ms, sent))
        return place

    def columns(self) -> HeaderColumns:
        """The same as numbers by column."""
        if not self.blocks:
            nothing = np.zeros(0, np.int64)
            return HeaderColumns(self.flow_protocol, [], nothing, nothing, nothing, nothing, nothing.astype(np.uint64))
        columns = (np.concatenate(column) for column in zip(*self.blocks, strict=True))
        return HeaderColumns(self.flow_protocol, list(self.number_of), *columns)
