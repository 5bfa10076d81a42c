"""Running totals (IE 85, 86): what a flow carried since it was told of last.

Belongs here: remembering totals by flow key and differencing them. Does not belong here: records that wait for it
(_running_totals), delta counters.
"""

import hashlib
from dataclasses import dataclass, field
from typing import NamedTuple

REMEMBERED_FLOWS = 100_000
# Exporters of which is known until when their flows were forgotten.
MOST_EXPORTERS = 65_536
FORGOTTEN_AFTER_MS = 12 * 3_600_000
KEY_BYTES = 16


class Flow(NamedTuple):
    """Whose flow it is, and the hash of which: what a day leaves to the next holds no addresses of hosts."""

    exporter: bytes
    key: bytes

    @classmethod
    def of(cls, exporter: bytes, key: bytes) -> "Flow":
        return cls(exporter, hashlib.blake2b(key, digest_size=KEY_BYTES).digest())


class Total(NamedTuple):
    """What was said of a flow last; times in milliseconds, None where it was not said."""

    start_ms: int | None
    end_ms: int | None
    bytes: int
    packets: int
    exported_ms: int


@dataclass
class Totals:
    """The last totals of each flow; the key holds domain, ends, ports, protocol and interfaces.

    Clocks are compared within an exporter only: another one's may be wrong, or made up.
    """

    flows: dict[Flow, Total] = field(default_factory=dict)
    # By exporter, when the newest of its flows that had to be forgotten was told of.
    forgotten_until_ms: dict[bytes, int] = field(default_factory=dict)

    def since(self, key: Flow, told: Total) -> Total | None:
        """The part of a flow since it was told of last, which then began where that ended.

        A flow that began at another time, or whose totals are lower, is another flow of the same key: all of it is new.
        What was said before the last totals and comes late is part of them.
        None where the flow may be one of those forgotten: what of it was counted before is not known.
        """
        before = self.flows.pop(key, None)
        if before is not None and before.start_ms == told.start_ms and told.exported_ms < before.exported_ms:
            self.flows[key] = before
            return told._replace(bytes=0, packets=0)
        is_unknown = before is None and self._may_be_forgotten(key.exporter, told)
        self.flows[key] = told
        self._forget()
        if is_unknown:
            return None
        is_other = before is None or before.start_ms != told.start_ms
        if before is None or is_other or told.bytes < before.bytes or told.packets < before.packets:
            return told
        start_ms = told.start_ms if before.end_ms is None else before.end_ms
        return told._replace(start_ms=start_ms, bytes=told.bytes - before.bytes, packets=told.packets - before.packets)

    def _forget(self) -> None:
        """Of too many flows, forget the one that was told of longest ago."""
        if len(self.flows) > REMEMBERED_FLOWS:
            oldest = next(iter(self.flows))
            gone = self.flows.pop(oldest).exported_ms
            until = self.forgotten_until_ms.pop(oldest.exporter, gone)
            if len(self.forgotten_until_ms) >= MOST_EXPORTERS:
                del self.forgotten_until_ms[next(iter(self.forgotten_until_ms))]
            self.forgotten_until_ms[oldest.exporter] = max(gone, until)

    def _may_be_forgotten(self, exporter: bytes, told: Total) -> bool:
        """Whether a flow that is not remembered can be a forgotten one: it began before those were told of last.

        A flow that was not told of for FORGOTTEN_AFTER_MS is over.
        """
        until_ms = self.forgotten_until_ms.get(exporter)
        if until_ms is None or told.exported_ms - until_ms > FORGOTTEN_AFTER_MS:
            return False
        return told.start_ms is None or told.start_ms <= until_ms

    def remembered(self) -> list[tuple[Flow, Total]]:
        """The flows that may still be told of, those told of longest ago first, as they are forgotten."""
        newest: dict[bytes, int] = {}
        for key, told in self.flows.items():
            newest[key.exporter] = max(told.exported_ms, newest.get(key.exporter, told.exported_ms))
        alive = [
            (key, told)
            for key, told in self.flows.items()
            if newest[key.exporter] - told.exported_ms <= FORGOTTEN_AFTER_MS
        ]
        return sorted(alive, key=lambda one: (one[1].exported_ms, one[0]))
