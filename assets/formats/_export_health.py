"""Export health: what came from each exporter in each 5-minute bin, and what its sequence numbers say was lost.

Belongs here: counting datagrams and records, and telling loss from reordering and restart.
Does not belong here: decoding.
"""

from collections.abc import Sequence as Rows
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa

from assets.formats._datagrams import Numbers
from assets.formats._flow_record import ADDRESS, MOMENT

BIN_MS = 300_000
SEQUENCE_SPACE = 1 << 32
MOST_BINS = 1 << 32
# A datagram this many steps behind the newest one came late; further behind, its exporter counts anew.
REORDER_STEPS = 4096
# A jump forward by more than this is a restart or another exporter behind the same address, not loss.
LARGEST_GAP_STEPS = 1 << 24
# A day of 350 observation domains: more than any router has.
MOST_BINS_OF_ONE = 100_000
# Streams and sources of samples (an interface each) that are followed at a time.
MOST_SEQUENCES = 200_000

EXPORT_HEALTH = pa.schema(
    [
        pa.field("export_on", pa.date32(), nullable=False),
        pa.field("exporter", ADDRESS, nullable=False),
        pa.field("observation_domain", pa.uint32(), nullable=False),
        pa.field("flow_protocol", pa.string(), nullable=False),
        pa.field("bin_at", MOMENT, nullable=False),
        pa.field("is_covered", pa.bool_(), nullable=False),
        pa.field("datagrams", pa.uint64(), nullable=False),
        pa.field("malformed", pa.uint64(), nullable=False),
        pa.field("duplicates", pa.uint64(), nullable=False),
        pa.field("data_records", pa.uint64(), nullable=False),
        pa.field("option_records", pa.uint64(), nullable=False),
        pa.field("undecoded_sets", pa.uint64(), nullable=False),
        pa.field("records_expected", pa.uint64(), nullable=False),
        pa.field("records_lost", pa.uint64(), nullable=False),
        pa.field("is_estimate", pa.bool_(), nullable=False),
        pa.field("samples", pa.uint64(), nullable=False),
        pa.field("drops", pa.uint64(), nullable=False),
        pa.field("first_at", MOMENT),
        pa.field("last_at", MOMENT),
    ]
)
"""One row per exporter, observation domain, protocol and 5-minute bin of the export time.

`is_covered`: a datagram came in it; in files without datagrams, a record ended or came in it, or a window spans it.
"""

Stream = tuple[bytes, int, str]
"""Who counts: exporter (16 bytes), observation domain, protocol."""


@dataclass(slots=True)
class Bin:
    """The counts of one stream in one 5-minute bin, and whether it was heard of then; times in milliseconds."""

    is_covered: bool = False
    datagrams: int = 0
    malformed: int = 0
    duplicates: int = 0
    data_records: int = 0
    option_records: int = 0
    undecoded_sets: int = 0
    records_lost: int = 0
    is_estimate: bool = False
    samples: int = 0
    drops: int = 0
    first_ms: int | None = None
    last_ms: int | None = None

    def see(self, moment_ms: int) -> None:
        self.first_ms = moment_ms if self.first_ms is None else min(self.first_ms, moment_ms)
        self.last_ms = moment_ms if self.last_ms is None else max(self.last_ms, moment_ms)


@dataclass(slots=True)
class Sequence:
    """The sequence numbers of one stream: which comes next, and which are still missing."""

    expected: int
    uptime_ms: int
    lost: int = 0

    def advance(self, number: int, steps: int, uptime_ms: int) -> int:
        """Take a datagram whose number is `number` and that counts `steps`; return the steps lost (negative: found).

        A number behind is a datagram that came late, unless the exporter's uptime went back too: then it restarted.
        """
        ahead = (number - self.expected) % SEQUENCE_SPACE
        behind = SEQUENCE_SPACE - ahead
        is_restart = uptime_ms + 1000 < self.uptime_ms and self.uptime_ms - uptime_ms < SEQUENCE_SPACE // 2
        if not is_restart and ahead and behind <= REORDER_STEPS:
            found = min(steps, self.lost)
            self.lost -= found
            return -found
        is_loss = 0 < ahead <= LARGEST_GAP_STEPS and not is_restart
        self.expected = (number + steps) % SEQUENCE_SPACE
        self.uptime_ms = uptime_ms
        if not is_loss:
            self.lost = 0 if ahead else self.lost
            return 0
        self.lost += ahead
        return ahead


@dataclass
class ExportHealth:
    """The bins of all streams; what is counted lives as long as this object, sequences as long as the state."""

    bins: dict[tuple[Stream, int], Bin] = field(default_factory=dict)
    sequences: dict[Stream, Sequence] = field(default_factory=dict)
    totals: dict[Stream, int] = field(default_factory=dict)
    _bins_of: dict[bytes, int] = field(default_factory=dict)
    _newest: dict[bytes, Bin] = field(default_factory=dict)

    def bin_of(self, stream: Stream, moment_ms: int) -> Bin:
        """The bin of a stream at a moment, made when it is asked for first.

        An exporter with MOST_BINS_OF_ONE, which only a broken one has, counts on in its newest.
        """
        found = self.bin_at(stream, moment_ms // BIN_MS)
        found.see(moment_ms)
        return found

    def bin_at(self, stream: Stream, number: int) -> Bin:
        """The bin of a stream by its number since 1970, without a moment seen in it."""
        key = (stream, number)
        found = self.bins.get(key)
        return self._another(key) if found is None else found

    def _another(self, key: tuple[Stream, int]) -> Bin:
        exporter = key[0][0]
        count = self._bins_of[exporter] = self._bins_of.get(exporter, 0) + 1
        if count > MOST_BINS_OF_ONE:
            return self._newest[exporter]
        found = self.bins[key] = self._newest[exporter] = Bin()
        return found

    def count(self, streams: Rows[Stream], stream: Numbers, moment_ms: Numbers, **counts: Numbers) -> None:
        """Add counts, one a datagram, to the bins of their streams; `stream` are indices of `streams`."""
        places, place = np.unique(stream * MOST_BINS + moment_ms // BIN_MS, return_inverse=True)
        first = np.full(len(places), np.iinfo(np.int64).max)
        last = np.full(len(places), np.iinfo(np.int64).min)
        np.minimum.at(first, place, moment_ms)
        np.maximum.at(last, place, moment_ms)
        sums = {name: np.zeros(len(places), np.int64) for name in counts}
        for name, values in counts.items():
            np.add.at(sums[name], place, values)
        for number, at in enumerate(places.tolist()):
            one = self.bin_of(streams[at // MOST_BINS], int(first[number]))
            one.see(int(last[number]))
            for name, totals in sums.items():
                setattr(one, name, getattr(one, name) + int(totals[number]))
            one.records_lost = max(0, one.records_lost)

    def mark_estimates(self, streams: Rows[Stream], stream: Numbers, moment_ms: Numbers) -> None:
        """Say of bins that what they lost is an estimate."""
        for key in set(zip(stream.tolist(), (moment_ms // BIN_MS).tolist(), strict=True)):
            self.bin_of(streams[key[0]], key[1] * BIN_MS + BIN_MS - 1).is_estimate = True

    def follow(self, stream: Stream, number: Numbers, steps: Numbers, uptime_ms: Numbers) -> Numbers:
        """The steps lost before each datagram of one stream (negative: found again), by its sequence numbers.

        `steps` is what each datagram adds to the sequence: its data records (v5, IPFIX) or 1 (v9, sFlow).
        """
        lost = np.zeros(len(number), np.int64)
        after = (number + steps) % SEQUENCE_SPACE
        is_gap = np.ones(len(number), bool)
        is_gap[1:] = number[1:] != after[:-1]
        gaps = np.flatnonzero(is_gap)
        sequence, at = self.sequences.get(stream), 0
        while at < len(number):
            if sequence is None:
                sequence = self._begin(stream, Sequence(int(after[at]), int(uptime_ms[at])))
            else:
                lost[at] = sequence.advance(int(number[at]), int(steps[at]), int(uptime_ms[at]))
            at += 1
            if at < len(number) and sequence.expected == after[at - 1]:
                following = int(np.searchsorted(gaps, at))
                at = int(gaps[following]) if following < len(gaps) else len(number)
                sequence.expected, sequence.uptime_ms = int(after[at - 1]), int(uptime_ms[at - 1])
        return lost

    def _begin(self, stream: Stream, sequence: Sequence) -> Sequence:
        """Follow another stream; of more than MOST_SEQUENCES, the one that was begun first is forgotten."""
        if len(self.sequences) >= MOST_SEQUENCES:
            del self.sequences[next(iter(self.sequences))]
        self.sequences[stream] = sequence
        return sequence

    def table(self, export_on: date) -> pa.Table:
        """EXPORT_HEALTH, ordered by stream and bin."""
        keys = sorted(self.bins)
        counted = [self.bins[key] for key in keys]
        columns: dict[str, list[object]] = {
            "export_on": [export_on] * len(keys),
            "exporter": [stream[0] for stream, _ in keys],
            "observation_domain": [stream[1] for stream, _ in keys],
            "flow_protocol": [stream[2] for stream, _ in keys],
            "bin_at": [number * BIN_MS for _, number in keys],
            "is_covered": [one.is_covered or one.datagrams > 0 for one in counted],
            "records_expected": [one.data_records + one.records_lost for one in counted],
            "first_at": [one.first_ms for one in counted],
            "last_at": [one.last_ms for one in counted],
        }
        for name in EXPORT_HEALTH.names:
            if name not in columns:
                columns[name] = [getattr(one, name) for one in counted]
        return pa.table([pa.array(columns[one.name], one.type) for one in EXPORT_HEALTH], schema=EXPORT_HEALTH)
