"""Export health: what came from each exporter in each 5-minute bin, and what its sequence numbers say was lost.

Belongs here: counting datagrams and records by bin, and which numbers of a stream wait to be followed.
Does not belong here: telling loss from reordering and restart (_sequences), decoding.
"""

from collections.abc import Container, Mapping
from collections.abc import Sequence as Rows
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa

from assets.exports.formats._datagrams import UNKNOWN_EXPORTER, Numbers, distinct_numbers, rows_by
from assets.exports.formats._flow_record import ADDRESS, MOMENT, OF_ROUTERS
from assets.exports.formats._sample_sources import SamplesMissed, SampleSources
from assets.exports.formats._sequences import Sequence, Steps, follow, lost_records
from assets.exports.formats._streams import BIN_MS, IPFIX, Stream, by_bin

MOST_BINS = 1 << 32
# Protocols whose sequence numbers count records; those of others count datagrams or samples: an estimate of records.
COUNTS_RECORDS = {"netflow_v5", IPFIX}
# A day of 350 observation domains: more than any router has.
MOST_BINS_OF_ONE = 100_000
# Of all exporters together; beyond it, as under a flood of made-up ones, all others count as one that is unknown.
MOST_BINS_OF_ALL = 1_000_000
# Streams and sources of samples (an interface each) that are followed at a time.
MOST_SEQUENCES = 200_000
# Datagrams that wait for those sent before them, 56 bytes each; beyond it the older half is followed as it came.
MOST_WAITING = 4_000_000
# Pieces that they wait in, about 1 KB each; beyond it the pieces of each stream become one.
MOST_PIECES = 100_000
# Streams that are told apart when it comes to forgetting the silent ones.
MOST_HEARD = 200_000

EXPORT_HEALTH = pa.schema(
    [
        pa.field("export_on", pa.date32(), nullable=False),
        pa.field("exporter", ADDRESS, nullable=False, metadata=OF_ROUTERS),
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


@dataclass
class ExportHealth:
    """The bins of all streams; what is counted lives as long as this object, sequences as long as the state."""

    bins: dict[tuple[Stream, int], Bin] = field(default_factory=dict)
    sequences: dict[Stream, Sequence] = field(default_factory=dict)
    waiting: dict[Stream, list[Steps]] = field(default_factory=dict)
    sources: SampleSources = field(default_factory=SampleSources)
    # The streams that datagrams came of.
    heard: set[Stream] = field(default_factory=set)
    _waiting: int = 0
    _pieces: int = 0
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
        (exporter, _, flow_protocol), number = key
        if len(self.bins) >= MOST_BINS_OF_ALL and exporter != UNKNOWN_EXPORTER:
            return self.bin_at((UNKNOWN_EXPORTER, 0, flow_protocol), number)
        count = self._bins_of[exporter] = self._bins_of.get(exporter, 0) + 1
        if count > MOST_BINS_OF_ONE:
            return self._newest[exporter]
        found = self.bins[key] = self._newest[exporter] = Bin()
        return found

    def count(self, streams: Rows[Stream], stream: Numbers, moment_ms: Numbers, **counts: Numbers) -> None:
        """Add counts, one a datagram, to the bins of their streams; `stream` are indices of `streams`."""
        places, place = distinct_numbers(stream * MOST_BINS + moment_ms // BIN_MS)
        first = np.full(len(places), np.iinfo(np.int64).max)
        last = np.full(len(places), np.iinfo(np.int64).min)
        np.minimum.at(first, place, moment_ms)
        np.maximum.at(last, place, moment_ms)
        sums = {name: np.zeros(len(places), np.int64) for name in counts}
        for name, values in counts.items():
            np.add.at(sums[name], place, values)
        bins = [
            self._bin_over(streams[at // MOST_BINS], *span)
            for at, *span in zip(places.tolist(), first.tolist(), last.tolist(), strict=True)
        ]
        for name, totals in sums.items():
            counted = np.flatnonzero(totals)
            for number, total in zip(counted.tolist(), totals[counted].tolist(), strict=True):
                setattr(bins[number], name, getattr(bins[number], name) + total)

    def _bin_over(self, stream: Stream, first_ms: int, last_ms: int) -> Bin:
        """The bin of a stream in which two moments were seen."""
        found = self.bin_of(stream, first_ms)
        if last_ms != first_ms:
            found.see(last_ms)
        return found

    def wait(self, streams: Rows[Stream], stream: Numbers, steps: Steps) -> None:
        """Keep the numbers of datagrams until all are there; `stream` are indices of `streams`."""
        for one, rows in zip(streams, rows_by(stream, len(streams)), strict=True):
            if len(rows):
                self.waiting.setdefault(one, []).append(steps.chosen(rows))
                self._pieces += 1
                if one in self.sequences or len(self.heard) < MOST_HEARD:
                    self.heard.add(one)
        self._waiting += len(stream)
        if self._waiting > MOST_WAITING:
            self.settle(all_of_it=False)
        elif self._pieces > MOST_PIECES:
            self._join_pieces()

    def _join_pieces(self) -> None:
        """Make one piece of those of each stream; where most are a stream of their own, follow them as they came."""
        if 2 * len(self.waiting) > MOST_PIECES:
            self.settle()
        self.waiting = {one: [_joined(pieces)] for one, pieces in self.waiting.items()}
        self._pieces = len(self.waiting)

    def settle(self, *, all_of_it: bool = True) -> None:
        """Follow the numbers that wait, in the order in which they were sent, and book what was lost."""
        waiting, self.waiting, self._waiting, self._pieces = self.waiting, {}, 0, 0
        lost_samples = self.sources.settle()
        for stream in sorted(waiting):
            steps = _joined(waiting[stream]).in_order()
            if not all_of_it:
                half = len(steps.number) // 2
                self.waiting[stream] = [steps.chosen(np.arange(half, len(steps.number)))]
                self._waiting += len(steps.number) - half
                self._pieces += 1
                steps = steps.chosen(np.arange(half))
            self._book(stream, steps, lost_samples.get(stream, {}))

    def _lost_before(self, stream: Stream, steps: Steps) -> Numbers:
        """The records lost before each datagram of a stream, which is followed on from there."""
        if not len(steps.number):
            return steps.number
        before = self.sequences.get(stream)
        if stream[2] == IPFIX:
            after, lost = lost_records(before, steps)
        else:
            after, lost = follow(before, steps.number, steps.data, steps.uptime_ms)
        self._remember(stream, after)
        return lost * steps.weight

    def _book(self, stream: Stream, steps: Steps, by_source: Mapping[int, SamplesMissed]) -> None:
        """Add what was lost to the bins; of samples the larger of what datagrams and their sources say."""
        bins = by_bin(steps.clock_ms, self._lost_before(stream, steps))
        missed = {number: one.lost for number, one in by_source.items()}
        bins = missed if sum(missed.values()) > sum(bins.values()) else bins
        for number, count in bins.items():
            found = self.bin_at(stream, number)
            found.records_lost = max(0, found.records_lost + count)
            found.is_estimate |= count != 0 and stream[2] not in COUNTS_RECORDS
        for number, one in by_source.items():
            self.bin_at(stream, number).drops += one.dropped

    def _remember(self, stream: Stream, sequence: Sequence | None) -> None:
        """Follow a stream on; of more than MOST_SEQUENCES, the one that was begun first is forgotten."""
        if sequence is None:
            self.sequences.pop(stream, None)
            return
        if stream not in self.sequences and len(self.sequences) >= MOST_SEQUENCES:
            del self.sequences[next(iter(self.sequences))]
        self.sequences[stream] = sequence

    def forget_but(self, streams: Container[Stream]) -> None:
        """Follow these streams on, and no others."""
        self.sequences = {one: found for one, found in self.sequences.items() if one in streams}
        self.sources.forget_but(streams)

    def table(self, export_on: date) -> pa.Table:
        """EXPORT_HEALTH, ordered by stream and bin."""
        self.settle()
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


def _joined(pieces: Rows[Steps]) -> Steps:
    return Steps(*map(np.concatenate, zip(*pieces, strict=True)))
