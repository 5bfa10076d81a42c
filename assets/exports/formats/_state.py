"""Decoder state: what outlives a file and a day, and what was seen since the state was made.

Belongs here: templates, sampling, sequences and totals together; the counts of a summary; beginning again with what
was learned too late. Does not belong here: writing the state to bytes (_state_bytes), reading datagrams.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from assets.exports.formats._datagram_hashes import DatagramHashes
from assets.exports.formats._export_health import ExportHealth
from assets.exports.formats._exporter_clocks import ExporterClocks
from assets.exports.formats._fragments import PartedDatagrams
from assets.exports.formats._heard import Heard, heard_lately, told_forgotten, within_bounds
from assets.exports.formats._interface_names import InterfaceNames
from assets.exports.formats._losses import LOSSES
from assets.exports.formats._options import SamplingKey
from assets.exports.formats._running_totals import RunningTotals
from assets.exports.formats._sampling import Sampling
from assets.exports.formats._streams import Stream
from assets.exports.formats._template_cache import TemplateCache, TemplateKey
from assets.exports.formats._templates import Domain
from assets.exports.formats._windows import Windows

PROBLEMS_KEPT = 20
# Files are read so often at most, each time with what was told too late the time before.
MOST_PASSES = 8


@dataclass
class DecodeSummary:
    """The counts of all files decoded with a state."""

    datagrams: int = 0
    malformed_datagrams: int = 0
    data_records: int = 0
    option_records: int = 0
    flow_samples: int = 0
    counter_samples: int = 0
    flows: int = 0
    undecoded_sets: int = 0
    templates: int = 0
    discarded_samples: int = 0

    @property
    def has_records(self) -> bool:
        return bool(self.data_records or self.option_records or self.flow_samples or self.counter_samples)


@dataclass
class FileOutcome:
    """What became of one file: its datagrams, those malformed, and the first problems in words.

    `malformed_and_lost` are those of the malformed that `losses` has for a reason of their own.
    """

    source_file: str
    datagrams: int = 0
    malformed: int = 0
    duplicates: int = 0
    undecoded_sets: int = 0
    refused_templates: int = 0
    problems: list[str] = field(default_factory=list)
    losses: dict[str, int] = field(default_factory=dict)
    out_counters: Mapping[bytes, str] = field(default_factory=dict)
    bytes_beside_out_counters: int = 0
    bytes_of_out_counters: int = 0
    windows: Windows = field(default_factory=Windows)
    malformed_and_lost: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether the file was read to its end."""
        return not any(LOSSES[reason].leaves_file_incomplete for reason in self.losses)

    def lose(self, reason: str, problem: str, count: int = 1) -> None:
        """Count what went missing, by a reason of LOSSES, and tell it in words."""
        if reason not in LOSSES:
            raise KeyError(f"{reason} is not a reason of LOSSES (assets/exports/formats/_losses.py)")
        self.losses[reason] = self.losses.get(reason, 0) + count
        self.note(problem)

    def out_counters_left_out(self, bytes_beside: int, bytes_left_out: int) -> None:
        """Count OUT counters that stand beside IN counters and are taken for the same traffic behind a middlebox."""
        self.bytes_beside_out_counters += bytes_beside
        self.bytes_of_out_counters += bytes_left_out

    def tell_out_counters(self) -> None:
        """Say in words what share of the bytes was left out so."""
        if self.bytes_of_out_counters:
            share = self.bytes_of_out_counters / (self.bytes_of_out_counters + self.bytes_beside_out_counters)
            self.note(
                f"OUT_BYTES beside IN_BYTES, {share:.1%} of the bytes of such records, are taken for the same traffic "
                f"behind a middlebox and not counted; if they are the other direction, write out_counters = reverse in "
                f"the exporter's row of exporters.csv"
            )

    def lose_malformed(self, reason: str, problem: str, count: int = 1) -> None:
        """Count what is malformed by a reason of its own."""
        self.malformed += count
        self.malformed_and_lost += count
        self.lose(reason, problem, count)

    def note(self, problem: str) -> None:
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(f"{self.source_file}: {problem}")


def tell_counts(outcome: FileOutcome) -> None:
    """Make losses of what was counted and told in words while the file was read; once, at its end."""
    counts = {
        "malformed": outcome.malformed - outcome.malformed_and_lost,
        "undecoded_sets": outcome.undecoded_sets,
        "refused_templates": outcome.refused_templates,
    }
    for reason, count in counts.items():
        if count > 0:
            outcome.losses[reason] = outcome.losses.get(reason, 0) + count


@dataclass
class Borrowed:
    """What is known of the next day alone: templates, intervals and boot times, which are not left to it."""

    templates: set[TemplateKey] = field(default_factory=set)
    sampling: set[tuple[Domain, SamplingKey]] = field(default_factory=set)
    booted: set[Domain] = field(default_factory=set)


@dataclass
class DecoderState:
    """Templates, sampling and sequences by domain, and what was decoded with them.

    `out_counters` says by exporter whose OUT counters beside IN ones are the other direction (reverse) or not (post).
    Names of interfaces and clocks are for who asks (assets.exports.survey); they are not left to the next day.
    """

    templates: TemplateCache = field(default_factory=TemplateCache)
    sampling: Sampling = field(default_factory=Sampling)
    totals: RunningTotals = field(default_factory=RunningTotals)
    health: ExportHealth = field(default_factory=ExportHealth)
    hashes: DatagramHashes = field(default_factory=DatagramHashes)
    parted: PartedDatagrams = field(default_factory=PartedDatagrams)
    out_counters: Mapping[bytes, str] = field(default_factory=dict)
    outcomes: list[FileOutcome] = field(default_factory=list)
    counts: DecodeSummary = field(default_factory=DecodeSummary)
    heard_on: dict[Stream, Heard] = field(default_factory=dict)
    borrowed: Borrowed = field(default_factory=Borrowed)
    interface_names: InterfaceNames = field(default_factory=InterfaceNames)
    clocks: ExporterClocks = field(default_factory=ExporterClocks)
    passes: int = 1
    _arrived: int = 0

    def arrived(self, datagrams: int) -> int:
        """The number of the next datagram in the order of arrival, of which so many are taken."""
        before, self._arrived = self._arrived, self._arrived + datagrams
        return before

    def malformed(self, outcome: FileOutcome, number: int, reason: str) -> None:
        """Count a datagram that is not what its format says, and tell why."""
        outcome.malformed += 1
        self.counts.malformed_datagrams += 1
        outcome.note(f"datagram {number} is malformed: {reason}; its whole records before the fault count")

    @property
    def is_contradicted(self) -> bool:
        """Whether templates or options came that earlier datagrams of the same pass should have been read with."""
        return self.templates.is_contradicted or self.sampling.is_contradicted

    @property
    def was_told_too_late(self) -> bool:
        """Whether the pass is contradicted and the files are to be read again; at the MOST_PASSES-th, it counts."""
        return self.is_contradicted and self.passes < MOST_PASSES

    def knowing(self, learned: "DecoderState") -> "DecoderState":
        """This state with the templates and options that a pass over the same files has learned, for another pass.

        Options that were read before all templates were known may have been read by the wrong ones.
        """
        self.passes = learned.passes + 1
        sampling = self.sampling if learned.templates.is_contradicted else learned.sampling
        self.sampling = sampling.anew(self.sampling)
        self.templates = learned.templates.anew(self.templates)
        return self

    def borrow(self, told_later: bytes) -> None:
        """Know, for this day only, what the next day tells of what this one missed."""
        from assets.exports.formats._state_bytes import borrowed

        borrowed(self, told_later)

    def missed_bytes(self) -> bytes:
        """What this day asked for in vain, the same bytes for the same state."""
        from assets.exports.formats._state_bytes import missed

        return missed(self)

    def health_table(self, export_on: date) -> pa.Table:
        """EXPORT_HEALTH of everything decoded with this state since it was made."""
        return self.health.table(export_on)

    def summary(self) -> DecodeSummary:
        """The counts so far."""
        self.counts.templates = len(self.templates)
        return self.counts

    def end_day(self, export_on: date) -> list[str]:
        """Forget the exporters' domains that were not heard for FORGOTTEN_AFTER_DAYS, and those beyond what is kept.

        Says of the latter how many there are.
        """
        from assets.exports.formats._state_bytes import bytes_of_streams

        self._forget_but(heard_lately(self.heard_on, self.health.heard, export_on))
        self.health.settle()
        heard = len(self.heard_on)
        self._forget_but(within_bounds(self.heard_on, bytes_of_streams(self)))
        return told_forgotten(export_on, heard, len(self.heard_on))

    def _forget_but(self, heard: dict[Stream, Heard]) -> None:
        self.heard_on = heard
        for kept in (self.templates, self.sampling):
            kept.forget([domain for domain in kept.domains() if domain.stream not in heard])
        self.health.forget_but(heard)
        self.totals.totals.forget_but({exporter for exporter, _, _ in heard})

    def to_bytes(self) -> bytes:
        """What later files need (templates, sampling, sequences), the same bytes for the same state."""
        from assets.exports.formats._state_bytes import written

        self.health.settle()
        return written(self)

    @classmethod
    def from_bytes(cls, content: bytes) -> "DecoderState":
        """A state that knows what the one that wrote these bytes knew, and has decoded nothing yet."""
        from assets.exports.formats._state_bytes import read

        return read(content)
