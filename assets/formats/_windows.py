"""Windows that files without datagrams tell: when an exporter was listened to, and what was lost then.

Belongs here: gathering them while a file is read, and counting them as export health.
Does not belong here: what a format's windows are (each format's own).
"""

from dataclasses import dataclass, field

from assets.formats._export_health import BIN_MS, ExportHealth, Stream

# No collector's file spans more than a week; what says so has a clock that can't be trusted.
LONGEST_MS = 7 * 86_400_000


@dataclass
class Windows:
    """By stream the first and last bin of each window, and the records lost by the moment at which that was told."""

    spans: set[tuple[Stream, int, int]] = field(default_factory=set)
    lost: dict[tuple[Stream, int], int] = field(default_factory=dict)

    def span(self, stream: Stream, first_ms: int, last_ms: int) -> None:
        """A stream was listened to from one moment to another, both included, whatever came of it."""
        if 0 < first_ms <= last_ms <= first_ms + LONGEST_MS:
            self.spans.add((stream, first_ms // BIN_MS, last_ms // BIN_MS))

    def lose(self, stream: Stream, moment_ms: int, records: int) -> None:
        """About so many records of a stream are missing; none of the files that tell so counts records."""
        key = stream, moment_ms
        self.lost[key] = self.lost.get(key, 0) + records

    def tell(self, health: ExportHealth) -> None:
        """Count all as health of their streams, and forget them."""
        for stream, first, last in sorted(self.spans):
            for number in range(first, last + 1):
                health.bin_at(stream, number).is_covered = True
        for (stream, moment_ms), records in sorted(self.lost.items()):
            one = health.bin_of(stream, moment_ms)
            one.records_lost += records
            one.is_estimate = True
        self.spans, self.lost = set(), {}
