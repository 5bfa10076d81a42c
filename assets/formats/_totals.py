"""Running totals (IE 85, 86): what a flow carried since it was told of last.

Belongs here: remembering totals by flow key and differencing them. Does not belong here: delta counters.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

REMEMBERED_FLOWS = 100_000
FORGOTTEN_AFTER_MS = 12 * 3_600_000


class Told(NamedTuple):
    """What was told of a flow last; times in milliseconds, None where it was not told."""

    start_ms: int | None
    end_ms: int | None
    bytes: int
    packets: int
    exported_ms: int


@dataclass
class Totals:
    """The last totals of each flow; the key holds exporter, domain, ends, ports, protocol and interfaces."""

    flows: dict[bytes, Told] = field(default_factory=dict)

    def since(self, key: bytes, told: Told) -> Told:
        """The part of a flow since it was told of last, which then began where that ended.

        A flow that began at another time, or whose totals are lower, is another flow of the same key: all of it is new.
        """
        before = self.flows.pop(key, None)
        self.flows[key] = told
        if len(self.flows) > REMEMBERED_FLOWS:
            del self.flows[next(iter(self.flows))]
        is_other = before is None or before.start_ms != told.start_ms
        if before is None or is_other or told.bytes < before.bytes or told.packets < before.packets:
            return told
        start_ms = told.start_ms if before.end_ms is None else before.end_ms
        return told._replace(start_ms=start_ms, bytes=told.bytes - before.bytes, packets=told.packets - before.packets)

    def remembered(self) -> list[tuple[bytes, Told]]:
        """The flows that may still be told of, by their key."""
        newest = max((told.exported_ms for told in self.flows.values()), default=0)
        return sorted(
            (key, told) for key, told in self.flows.items() if newest - told.exported_ms <= FORGOTTEN_AFTER_MS
        )
