"""What the headers of datagrams told, gathered until the records behind them become columns.

Belongs here: one entry a datagram, and the same by record. Does not belong here: reading headers, or records.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from assets.formats._datagrams import Numbers
from assets.formats._state import HeaderValues
from assets.formats._templates import Domain


@dataclass
class Told:
    """Headers of datagrams of one protocol, in the order in which they were taken."""

    flow_protocol: str
    domains: list[Domain] = field(default_factory=list)
    number_of: dict[Domain, int] = field(default_factory=dict)
    domain: list[int] = field(default_factory=list)
    sequence: list[int] = field(default_factory=list)
    exported_ms: list[int] = field(default_factory=list)
    uptime_ms: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.domain)

    def append(self, header: HeaderValues) -> int:
        """Take one header; returns its place."""
        self.extend(header.domain, [header.sequence], [header.exported_ms], [header.uptime_ms])
        return len(self.domain) - 1

    def extend(
        self, domain: Domain, sequence: Sequence[int], exported_ms: Sequence[int], uptime_ms: Sequence[int]
    ) -> None:
        """Take the headers of several datagrams of one domain."""
        number = self.number_of.setdefault(domain, len(self.domains))
        if number == len(self.domains):
            self.domains.append(domain)
        self.domain.extend([number] * len(sequence))
        self.sequence.extend(sequence)
        self.exported_ms.extend(exported_ms)
        self.uptime_ms.extend(uptime_ms)

    def domain_at(self, place: int) -> Domain:
        return self.domains[self.domain[place]]

    def columns(self) -> "HeaderColumns":
        """The same as numbers by column."""
        lists = (self.domain, self.sequence, self.exported_ms, self.uptime_ms)
        return HeaderColumns(self.flow_protocol, self.domains, *(np.array(one, np.int64) for one in lists))


@dataclass(frozen=True)
class HeaderColumns:
    """What headers say, one number a datagram or a record; `domain` is an index of `domains`."""

    flow_protocol: str
    domains: list[Domain]
    domain: Numbers
    sequence: Numbers
    exported_ms: Numbers
    uptime_ms: Numbers

    def of_records(self, which: Numbers) -> "HeaderColumns":
        """The same by record, given the datagram of each."""
        columns = (self.domain, self.sequence, self.exported_ms, self.uptime_ms)
        return HeaderColumns(self.flow_protocol, self.domains, *(column[which] for column in columns))
