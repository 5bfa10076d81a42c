"""Running totals (IE 85, 86): what a flow carried since it was told of last.

Belongs here: remembering totals by flow key and differencing them. Does not belong here: records that wait for it
(_running_totals), delta counters.
"""

import hashlib
from collections.abc import Container
from dataclasses import dataclass, field
from typing import NamedTuple

REMEMBERED_FLOWS = 100_000
# Exporters of which is known until when their flows were forgotten.
MOST_EXPORTERS = 65_536
# A flow is over that was not told of for so long; for longer if it tells when it began, as then no other can be meant.
OVER_AFTER_MS, OVER_AFTER_MS_WITH_START = 12 * 3_600_000, 7 * 86_400_000
# Datagrams may come so much later than others that were sent after them.
LATE_MS = 86_400_000
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

    def since(self, key: Flow, total: Total) -> Total | None:
        """The part of a flow since it was told of last, which then began where that ended.

        A flow that began at another time, or whose totals are lower, or that was over, is another flow of the same key:
        all of it is new. What was said before the last totals and comes late is part of them.
        None where the flow may be one of those forgotten: what of it was counted before is not known.
        """
        before = self.flows.get(key)
        if before is not None and before.start_ms == total.start_ms and total.exported_ms < before.exported_ms:
            return total._replace(bytes=0, packets=0)
        self.flows.pop(key, None)
        is_unknown = before is None and self._may_be_forgotten(key.exporter, total)
        self.flows[key] = total
        self._forget()
        if is_unknown:
            return None
        if before is None or _is_another(before, total):
            return total
        start_ms = total.start_ms if before.end_ms is None else before.end_ms
        return total._replace(
            start_ms=start_ms, bytes=total.bytes - before.bytes, packets=total.packets - before.packets
        )

    def _forget(self) -> None:
        """Of too many flows, forget the one that was told of longest ago."""
        if len(self.flows) > REMEMBERED_FLOWS:
            oldest = next(iter(self.flows))
            gone = self.flows.pop(oldest).exported_ms
            until = self.forgotten_until_ms.pop(oldest.exporter, gone)
            if len(self.forgotten_until_ms) >= MOST_EXPORTERS:
                del self.forgotten_until_ms[next(iter(self.forgotten_until_ms))]
            self.forgotten_until_ms[oldest.exporter] = max(gone, until)

    def _may_be_forgotten(self, exporter: bytes, total: Total) -> bool:
        """Whether a flow that is not remembered can be a forgotten one: it began before those were told of last.

        A flow that was over by then is new.
        """
        until_ms = self.forgotten_until_ms.get(exporter)
        if until_ms is None or total.exported_ms - until_ms > _over_after_ms(total):
            return False
        return total.start_ms is None or total.start_ms <= until_ms

    def forget_but(self, exporters: Container[bytes]) -> None:
        """Remember the flows of these exporters, and of no others."""
        self.flows = {flow: total for flow, total in self.flows.items() if flow.exporter in exporters}
        self.forgotten_until_ms = {one: until for one, until in self.forgotten_until_ms.items() if one in exporters}

    def remembered(self) -> list[tuple[Flow, Total]]:
        """The flows that may not be over when they are told of next, in the order in which they are forgotten."""
        newest: dict[bytes, int] = {}
        for key, total in self.flows.items():
            newest[key.exporter] = max(total.exported_ms, newest.get(key.exporter, total.exported_ms))
        return [
            (key, total)
            for key, total in self.flows.items()
            if newest[key.exporter] - total.exported_ms <= _over_after_ms(total) + LATE_MS
        ]


def _is_another(before: Total, total: Total) -> bool:
    """Whether totals are of another flow than those that its key had before."""
    is_over = total.exported_ms - before.exported_ms > _over_after_ms(total)
    is_lower = total.bytes < before.bytes or total.packets < before.packets
    return before.start_ms != total.start_ms or is_over or is_lower


def _over_after_ms(total: Total) -> int:
    return OVER_AFTER_MS if total.start_ms is None else OVER_AFTER_MS_WITH_START
