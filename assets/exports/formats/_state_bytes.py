"""Decoder state as bytes: what a day leaves to the next.

Belongs here: writing and reading it, and what a later day knows of what an earlier one missed. Does not belong here:
what the state means (_state).
"""

import json
from collections import Counter
from dataclasses import asdict
from datetime import date
from operator import itemgetter
from typing import Any

from assets.exports.formats._heard import Heard
from assets.exports.formats._options import SamplingKey, Scope
from assets.exports.formats._sequences import Sequence
from assets.exports.formats._state import DecoderState
from assets.exports.formats._streams import Stream
from assets.exports.formats._templates import Domain, Field, Template
from assets.exports.formats._timeline import SENT_SECOND_SHIFT, Timeline, When
from assets.exports.formats._totals import Flow, Total

LAYOUT = 5
# How long what was replaced is kept, for datagrams that were sent before and come with a later day.
KEPT_S = 86_400
# What came with an earlier day came before all datagrams of this one.
BEFORE = -1

Saved = dict[str, Any]


def written(state: DecoderState) -> bytes:
    """The state as bytes, the same for the same state."""
    totals = state.totals.totals
    exporters = {exporter: number for number, exporter in enumerate({flow.exporter: None for flow in totals.flows})}
    saved: dict[str, Any] = {"layout": LAYOUT} | {name: [row for _, row in rows] for name, rows in _rows(state).items()}
    saved |= {
        "exporters": [exporter.hex() for exporter in exporters],
        "flow_totals": [[exporters[flow.exporter], flow.key.hex(), *total] for flow, total in totals.remembered()],
        "forgotten_until_ms": [[exporter.hex(), until_ms] for exporter, until_ms in totals.forgotten_until_ms.items()],
    }
    return _as_bytes(saved)


def bytes_of_streams(state: DecoderState) -> Counter[Stream]:
    """How many bytes of what is written are of each stream; running totals, bounded by themselves, are of none."""
    found = Counter[Stream]()
    for rows in _rows(state).values():
        for stream, row in rows:
            found[stream] += len(json.dumps(row, separators=(",", ":"))) + 1
    return found


def _rows(state: DecoderState) -> dict[str, list[tuple[Stream, list[Any]]]]:
    """The rows that are written of each kind of state, each with the stream that it is of."""
    health = state.health
    return {
        "templates": [
            (domain.stream, [*_domain(domain), template_id, [[sent, _template(one)] for sent, one in recent]])
            for domain in sorted(state.templates.kept)
            for template_id, versions in sorted(state.templates.kept[domain].items())
            if (domain, template_id) not in state.borrowed.templates and (recent := _recent(versions))
        ],
        "sampling": sorted(
            (
                (domain.stream, [*_domain(domain), _sampling_key(key), _recent(timeline)])
                for domain, of_domain in state.sampling.intervals.items()
                for key, timeline in of_domain.items()
                if (domain, key) not in state.borrowed.sampling
            ),
            key=itemgetter(1),
        ),
        "booted": sorted(
            (domain.stream, [*_domain(domain), _recent(one)])
            for domain, one in state.sampling.booted.items()
            if domain not in state.borrowed.booted
        ),
        "heard": [
            (stream, [*_stream(stream), on.isoformat(), since.isoformat()])
            for stream, (on, since) in sorted(state.heard_on.items())
        ],
        "sequences": [(stream, [*_stream(stream), asdict(one)]) for stream, one in sorted(health.sequences.items())],
        "sources": [
            (stream, [*_stream(stream), source, asdict(one)])
            for (stream, source), one in sorted(health.sources.sequences.items())
        ],
        "drops": [
            (stream, [*_stream(stream), source, count])
            for (stream, source), count in sorted(health.sources.drops.items())
        ],
    }


def _sampling_key(key: SamplingKey) -> list[Any]:
    return [-1 if key.sampler is None else key.sampler, *key.scope]


def read(content: bytes) -> DecoderState:
    """The state that was written; one of another layout knows nothing, and its day is made anew."""
    saved, state = json.loads(content), DecoderState()
    if saved.get("layout") != LAYOUT:
        return state
    take_told(state, saved)
    for exporter, domain, flow_protocol, *days in saved["heard"]:
        state.heard_on[bytes.fromhex(exporter), domain, flow_protocol] = Heard(*map(date.fromisoformat, days))
    health = state.health
    for exporter, domain, flow_protocol, sequence in saved["sequences"]:
        health.sequences[bytes.fromhex(exporter), domain, flow_protocol] = Sequence(**sequence)
    for exporter, domain, flow_protocol, source, sequence in saved["sources"]:
        health.sources.sequences[(bytes.fromhex(exporter), domain, flow_protocol), source] = Sequence(**sequence)
    for exporter, domain, flow_protocol, source, count in saved["drops"]:
        health.sources.drops[(bytes.fromhex(exporter), domain, flow_protocol), source] = count
    totals, exporters = state.totals.totals, [bytes.fromhex(one) for one in saved["exporters"]]
    for number, key, *total in saved["flow_totals"]:
        totals.flows[Flow(exporters[number], bytes.fromhex(key))] = Total(*total)
    for exporter, until_ms in saved["forgotten_until_ms"]:
        totals.forgotten_until_ms[bytes.fromhex(exporter)] = until_ms
    return state


def of_this_layout(content: bytes) -> bytes:
    """A state if it can be read, else one that knows nothing: layouts before held flows by their ends and ports."""
    return content if json.loads(content).get("layout") == LAYOUT else b"{}"


def without_flows(content: bytes) -> bytes:
    """A state without the flows whose totals it knows."""
    saved = json.loads(of_this_layout(content))
    return _as_bytes({**saved, "exporters": [], "flow_totals": []} if saved else saved)


def borrowed(state: DecoderState, content: bytes) -> None:
    """Let a state know, for this day only, what the next day tells (_missed.told_of_missed)."""
    if not content:
        return
    saved = json.loads(content)
    take_told(state, saved)
    keys = ((row[:4], _read_domain(*row[:3])) for row in saved["templates"])
    state.borrowed.templates |= {(domain, row[3]) for row, domain in keys}
    for *domain, (sampler, *scope), _ in saved["sampling"]:
        key = SamplingKey(None if sampler == -1 else sampler, Scope(*scope))
        state.borrowed.sampling.add((_read_domain(*domain), key))
    state.borrowed.booted |= {_read_domain(*row[:3]) for row in saved["booted"]}


def missed(state: DecoderState) -> bytes:
    """What was asked for in vain, or was answered by what is borrowed: templates, and domains by their options."""
    saved, sampling = state.borrowed, state.sampling
    domains = sampling.missed | saved.booted | {domain for domain, _ in saved.sampling}
    templates = state.templates.missed | saved.templates
    wanted = {
        "domains": sorted(map(_domain, domains)),
        "templates": sorted([*_domain(domain), template_id] for domain, template_id in templates),
    }
    return _as_bytes(wanted)


def _as_bytes(saved: Saved) -> bytes:
    return json.dumps(saved, separators=(",", ":")).encode()


def take_told(state: DecoderState, saved: Saved) -> None:
    """Templates, intervals and boot times."""
    for exporter, version, number, template_id, versions in saved["templates"]:
        domain = _read_domain(exporter, version, number)
        for place, (sent, template) in enumerate(versions):
            when = When(sent, BEFORE, place)
            if template is None:
                state.templates.withdraw(domain, template_id, when)
            else:
                state.templates.keep(domain, template_id, _read_template(template), when)
    for exporter, version, number, (sampler, *scope), intervals in saved["sampling"]:
        key = SamplingKey(None if sampler == -1 else sampler, Scope(*scope))
        for place, (sent, interval) in enumerate(intervals):
            state.sampling.keep(_read_domain(exporter, version, number), key, interval, When(sent, BEFORE, place))
    for exporter, version, number, boots in saved["booted"]:
        timeline = state.sampling.booted[_read_domain(exporter, version, number)] = Timeline[int]()
        for place, (sent, booted_ms) in enumerate(boots):
            timeline.tell(When(sent, BEFORE, place), booted_ms)


def _recent(timeline: Timeline[Any]) -> list[tuple[int, Any]]:
    """The values of a timeline that datagrams of the next day may still ask for, with when each was sent first."""
    saved = [(begin.sent, value) for begin, value in zip(timeline.begins, timeline.values, strict=True)]
    news = [one for number, one in enumerate(saved) if (saved[number - 1][1] if number else None) != one[1]]
    since = max(0, (news[-1][0] >> SENT_SECOND_SHIFT) - KEPT_S) << SENT_SECOND_SHIFT if news else 0
    older = sum(sent < since for sent, _ in news)
    kept = news[max(0, older - 1) :]
    return kept[1:] if kept and kept[0][1] is None else kept


def _template(template: Template | None) -> list[Any] | None:
    if template is None:
        return None
    return [template.scope_fields, template.is_options, [list(one) for one in template.fields]]


def _read_template(saved: list[Any]) -> Template:
    scope_fields, is_options, fields = saved
    return Template(tuple(Field(*one) for one in fields), scope_fields, is_options)


def _domain(domain: Domain) -> list[str | int]:
    return [domain.exporter.hex(), domain.version, domain.observation_domain]


def _read_domain(exporter: str, version: int, observation_domain: int) -> Domain:
    return Domain(bytes.fromhex(exporter), version, observation_domain)


def _stream(stream: tuple[bytes, int, str]) -> list[str | int]:
    exporter, observation_domain, flow_protocol = stream
    return [exporter.hex(), observation_domain, flow_protocol]
