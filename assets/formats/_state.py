"""Decoder state: what outlives a file and a day, and what was seen since the state was made.

Belongs here: templates, sampling, sequences and held data; the counts of a summary; writing the state to bytes.
Does not belong here: reading datagrams (one module a format).
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.formats._datagrams import Numbers
from assets.formats._export_health import ExportHealth, Sequence
from assets.formats._losses import LOSSES
from assets.formats._template_cache import TemplateCache
from assets.formats._templates import Domain, Field, Sampling, Template
from assets.formats._totals import Told, Totals

REMEMBERED_DATAGRAMS = 500_000
HELD_SETS = 1_000
HELD_BYTES = 4 << 20
PROBLEMS_KEPT = 20


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
    malformed_and_lost: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether the file was read to its end."""
        return not any(LOSSES[reason].leaves_file_incomplete for reason in self.losses)

    def lose(self, reason: str, problem: str, count: int = 1) -> None:
        """Count what went missing, by a reason of LOSSES, and tell it in words."""
        if reason not in LOSSES:
            raise KeyError(f"{reason} is not a reason of LOSSES (assets/formats/_losses.py)")
        self.losses[reason] = self.losses.get(reason, 0) + count
        self.note(problem)

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


class HeaderValues(NamedTuple):
    """What the header of a datagram with templates says of its records: who speaks, sequence number, clocks in ms."""

    domain: Domain
    sequence: int
    exported_ms: int
    uptime_ms: int


class HeldSet(NamedTuple):
    """A set of data whose template has not come yet, with what its datagram said."""

    content: bytes
    told: HeaderValues


@dataclass
class Remembered:
    """Hashes of the last datagrams, at least half of REMEMBERED_DATAGRAMS; the older half is forgotten at once."""

    newer: set[int] = field(default_factory=set)
    older: set[int] = field(default_factory=set)

    def again(self, hashes: list[int]) -> npt.NDArray[np.bool_]:
        """Which of these came before, among those remembered or in this very list."""
        different = set(hashes)
        is_repeated = np.zeros(len(hashes), bool)
        if len(different) < len(hashes) or not self.newer.isdisjoint(different) or not self.older.isdisjoint(different):
            known = set[int]()
            for place, one in enumerate(hashes):
                is_repeated[place] = one in known or one in self.newer or one in self.older
                known.add(one)
        self.newer |= different
        if len(self.newer) > REMEMBERED_DATAGRAMS // 2:
            self.newer, self.older = set(), self.newer
        return is_repeated


@dataclass
class DecoderState:
    """Templates, sampling and sequences by domain, and what was decoded with them."""

    templates: TemplateCache = field(default_factory=TemplateCache)
    sampling: Sampling = field(default_factory=Sampling)
    totals: Totals = field(default_factory=Totals)
    health: ExportHealth = field(default_factory=ExportHealth)
    held: dict[tuple[Domain, int], list[HeldSet]] = field(default_factory=dict)
    outcomes: list[FileOutcome] = field(default_factory=list)
    counts: DecodeSummary = field(default_factory=DecodeSummary)
    _held_bytes: int = 0
    _held_sets: int = 0
    _seen: Remembered = field(default_factory=Remembered)

    def malformed(self, outcome: FileOutcome, number: int, reason: str) -> None:
        """Count a datagram that is not what its format says, and tell why."""
        outcome.malformed += 1
        self.counts.malformed_datagrams += 1
        outcome.note(f"datagram {number} is malformed: {reason}; its whole records before the fault count")

    def duplicates(self, payloads: list[bytes], exporters: list[bytes], exporter: Numbers) -> npt.NDArray[np.bool_]:
        """Which datagrams were delivered before, to the byte and by the same exporter (an index of `exporters`)."""
        salts = np.array(list(map(hash, exporters)), np.int64)
        hashes = np.array(list(map(hash, payloads)), np.int64) ^ salts[exporter]
        return self._seen.again(hashes.tolist())

    def hold(self, domain: Domain, template_id: int, one: HeldSet) -> None:
        """Keep a set until its template comes, within bounds; beyond them it stays undecoded."""
        if self._held_sets >= HELD_SETS or self._held_bytes + len(one.content) > HELD_BYTES:
            return
        self.held.setdefault((domain, template_id), []).append(one)
        self._held_sets += 1
        self._held_bytes += len(one.content)

    def release(self, domain: Domain, template_id: int) -> list[HeldSet]:
        """The sets that waited for a template that has come."""
        released = self.held.pop((domain, template_id), [])
        self._held_sets -= len(released)
        self._held_bytes -= sum(len(one.content) for one in released)
        return released

    def health_table(self, export_on: date) -> pa.Table:
        """EXPORT_HEALTH of everything decoded with this state since it was made."""
        return self.health.table(export_on)

    def summary(self) -> DecodeSummary:
        """The counts so far."""
        self.counts.templates = len(self.templates)
        return self.counts

    def to_bytes(self) -> bytes:
        """What later files need (templates, sampling, sequences), the same bytes for the same state."""
        told = {
            "templates": [
                [
                    *_domain(domain),
                    template_id,
                    template.scope_fields,
                    template.is_options,
                    [list(one) for one in template.fields],
                ]
                for domain, template_id, template in self.templates
            ],
            "sampling": sorted(
                (
                    [*_domain(domain), sampler_id, interval]
                    for domain, of_domain in self.sampling.intervals.items()
                    for sampler_id, interval in of_domain.items()
                ),
                key=lambda row: (row[:3], -1 if row[3] is None else row[3]),
            ),
            "booted": sorted([*_domain(domain), booted] for domain, booted in self.sampling.booted_ms.items()),
            "sequences": [
                [exporter.hex(), observation_domain, flow_protocol, asdict(sequence)]
                for (exporter, observation_domain, flow_protocol), sequence in sorted(self.health.sequences.items())
            ],
            "totals": [
                [exporter.hex(), observation_domain, flow_protocol, total]
                for (exporter, observation_domain, flow_protocol), total in sorted(self.health.totals.items())
            ],
            "flow_totals": [[key.hex(), *told] for key, told in self.totals.remembered()],
        }
        return json.dumps(told, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "DecoderState":
        """A state that knows what the one that wrote these bytes knew, and has decoded nothing yet."""
        told = json.loads(content)
        state = cls()
        for exporter, version, domain, template_id, scope_fields, is_options, fields in told["templates"]:
            key = Domain(bytes.fromhex(exporter), version, domain), template_id
            state.templates.keep(*key, Template(tuple(Field(*one) for one in fields), scope_fields, is_options))
        for exporter, version, domain, sampler_id, interval in told["sampling"]:
            state.sampling.keep(Domain(bytes.fromhex(exporter), version, domain), sampler_id, interval)
        for exporter, version, domain, booted in told["booted"]:
            state.sampling.booted_ms[Domain(bytes.fromhex(exporter), version, domain)] = booted
        for exporter, domain, flow_protocol, sequence in told["sequences"]:
            state.health.sequences[bytes.fromhex(exporter), domain, flow_protocol] = Sequence(**sequence)
        for exporter, domain, flow_protocol, total in told["totals"]:
            state.health.totals[bytes.fromhex(exporter), domain, flow_protocol] = total
        for key, *totals in told["flow_totals"]:
            state.totals.flows[bytes.fromhex(key)] = Told(*totals)
        return state


def _domain(domain: Domain) -> list[str | int]:
    return [domain.exporter.hex(), domain.version, domain.observation_domain]
