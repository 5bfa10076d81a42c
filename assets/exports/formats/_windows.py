"""Windows that files without datagrams tell: when an exporter was listened to, and what was lost then.

Belongs here: gathering them while a file is read, and counting them as export health.
Does not belong here: what a format's windows are (each format's own).
"""

from dataclasses import dataclass, field

from assets.exports.formats._export_health import ExportHealth
from assets.exports.formats._gathering import LATEST_MS
from assets.exports.formats._streams import BIN_MS, Stream

# Collectors rotate their files daily at the latest; what says that it spans more than two days can't be trusted.
LONGEST_BINS = 2 * 86_400_000 // BIN_MS
LAST_BIN = LATEST_MS // BIN_MS


@dataclass
class Windows:
    """By stream the first and last bin of each window, and the records lost by the bin of which that was told."""

    spans: set[tuple[Stream, int, int]] = field(default_factory=set)
    lost: dict[tuple[Stream, int], int] = field(default_factory=dict)

    def span(self, stream: Stream, began_ms: int, ended_ms: int) -> None:
        """A stream was listened to from one moment until before another, whatever came of it."""
        self.span_bins(stream, began_ms // BIN_MS, max(began_ms, ended_ms - 1) // BIN_MS)

    def span_bins(self, stream: Stream, first: int, last: int) -> None:
        """The same by the numbers of the first and the last bin; what can't be a window says nothing."""
        if 0 < first <= last <= min(first + LONGEST_BINS, LAST_BIN):
            self.spans.add((stream, first, last))

    def lose(self, stream: Stream, moment_ms: int, records: int) -> None:
        """About so many records of a stream are missing; none of the files that tell so counts records."""
        key = stream, min(moment_ms // BIN_MS, LAST_BIN)
        self.lost[key] = self.lost.get(key, 0) + records

    def tell(self, health: ExportHealth) -> None:
        """Count all as health of their streams, and forget them."""
        for stream, first, last in sorted(self.spans):
            for number in range(first, last + 1):
                health.bin_at(stream, number).is_covered = True
        for (stream, number), records in sorted(self.lost.items()):
            one = health.bin_at(stream, number)
            one.records_lost += records
            one.is_estimate = True
        self.spans, self.lost = set(), {}
