"""sFlow version 5 (sflow.org, July 2004): sampled packets with what the switch knew of them.

Belongs here: datagrams and samples. Does not belong here: the records in a sample (_sflow_records), headers of sampled
packets (_packet_headers).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from assets.formats._datagrams import NOT_CAPTURED, Numbers, distinct_addresses
from assets.formats._gathering import BATCH_RECORDS, Column, batches, bitmap, constant_text, exporter_array, where
from assets.formats._intake import Flags, Headers, Intake
from assets.formats._sflow_health import book
from assets.formats._sflow_records import (
    IPV4_ADDRESS,
    IPV6_ADDRESS,
    WHOLE,
    Parts,
    Words,
    flow_columns,
    interfaces,
    parts,
)
from assets.formats._state import DecoderState

VERSIONS = (0x50000,)
PROTOCOL = "sflow_v5"
LEAST_HEADER_BYTES = 28
FLOW, COUNTERS, EXPANDED_FLOW, EXPANDED_COUNTERS, DISCARDED = 1, 2, 3, 4, 5
FLOW_WORDS, EXPANDED_FLOW_WORDS = 8, 11
INDEX_BITS, INTERFACE_BITS, INTERFACE_FORMAT_SHIFT = 0xFFFFFF, 0x3FFFFFFF, 30


class FlowSamples(NamedTuple):
    """Flow samples, one number a sample: their datagram, what they say, and where their records begin and end."""

    of: Numbers
    source: Numbers
    sequence: Numbers
    rate: Numbers
    drops: Numbers
    in_if: Column
    out_if: Column
    records: Numbers
    records_at: Numbers
    ends_at: Numbers


class Sflow:
    """Decodes sFlow datagrams; nothing in them waits for another."""

    def take(self, intake: Intake) -> Iterator[pa.RecordBatch]:
        intake = intake.with_header(LEAST_HEADER_BYTES, "sFlow")
        if not len(intake):
            return
        fresh = ~intake.repeated(np.maximum(intake.datagrams.captured_ms, 0))
        words = Words.of(intake.payloads, intake.datagrams.lengths)
        agents, at, is_sound = _agents(words)
        intake, headers = _headers(intake, words, agents, at)
        count = np.where(fresh & is_sound, words.at(at, 3), 0)
        samples, cut = parts(words, at + 4, words.ends_at, count)
        is_flow = (samples.format == FLOW) | (samples.format == EXPANDED_FLOW)
        flows, lacks_fields = _flow_samples(words, Parts(*(column[is_flow] for column in samples)))
        records, cut_record = parts(words, flows.records_at, flows.ends_at, flows.records)
        malformed = fresh & ((cut != WHOLE) | ~is_sound)
        malformed[flows.of[cut_record != WHOLE]] = True
        malformed[lacks_fields] = True
        _refuse(intake, malformed, is_sound)
        book(intake, headers, PROTOCOL, fresh, malformed, flows.of, flows.source, flows.sequence, flows.drops)
        intake.state.counts.discarded_samples += int((samples.format == DISCARDED).sum())
        intake.state.counts.flow_samples += len(flows.of)
        intake.state.counts.counter_samples += sum(_counters(formats) for formats in (samples.format, cut))
        yield from _batches(intake, headers, words, flows, records)

    def rest(self, state: DecoderState) -> Iterator[pa.RecordBatch]:
        yield from ()


def gatherer() -> Sflow:
    """A gatherer for the datagrams of one file."""
    return Sflow()


def _agents(words: Words) -> tuple[np.ndarray, Numbers, Flags]:
    """The agent's address of each datagram as (n, 16) bytes, where what follows it begins, and which have one."""
    family = words.at(words.begins_at, 1)
    agents = words.address_at(words.begins_at, 2, 1)
    is_ipv6 = family == IPV6_ADDRESS
    if is_ipv6.any():
        agents[is_ipv6] = words.address_at(words.begins_at[is_ipv6], 2, 4)
    at = words.begins_at + np.where(is_ipv6, 6, 3)
    return agents, at, ((family == IPV4_ADDRESS) | is_ipv6) & (at + 4 <= words.ends_at)


def _headers(intake: Intake, words: Words, agents: np.ndarray, at: Numbers) -> tuple[Intake, Headers]:
    """The intake with its agents as exporters, and what its headers say; sFlow has no clock but that of the capture."""
    exporters, exporter = distinct_addresses(agents)
    captured = intake.datagrams.captured_ms
    headers = Headers(
        domain=words.at(at),
        sequence=words.at(at, 1),
        exported_ms=np.where(captured == NOT_CAPTURED, 0, captured),
        uptime_ms=words.at(at, 2),
    )
    from_agents = Intake(intake.datagrams, exporters, exporter, intake.state, intake.outcome)
    return from_agents, headers


def _counters(formats: Numbers) -> int:
    """How many are counter samples, which are counted and passed over, also where they are cut."""
    return int(((formats == COUNTERS) | (formats == EXPANDED_COUNTERS)).sum())


def _refuse(intake: Intake, malformed: Flags, is_sound: Flags) -> None:
    for row in np.flatnonzero(malformed).tolist():
        number = int(intake.datagrams.number[row])
        intake.refuse(number, "its samples reach beyond it" if is_sound[row] else "its agent's address is of no family")


def _flow_samples(words: Words, samples: Parts) -> tuple[FlowSamples, Numbers]:
    """What flow samples (format 1) and expanded ones (format 3) say, and the datagrams in which one is cut."""
    is_expanded = samples.format == EXPANDED_FLOW
    least = np.where(is_expanded, EXPANDED_FLOW_WORDS, FLOW_WORDS)
    is_whole = samples.begins_at + least <= samples.ends_at
    cut = samples.of[~is_whole]
    samples = Parts(*(column[is_whole] for column in samples))
    is_expanded, least = is_expanded[is_whole], least[is_whole]
    at, shift = samples.begins_at, is_expanded.astype(np.int64)
    source, rest = words.at(at + 1 + shift), at + 5 + shift
    received, sent = words.at(rest), words.at(rest, 1)
    in_format, out_format = received >> INTERFACE_FORMAT_SHIFT, sent >> INTERFACE_FORMAT_SHIFT
    in_value, out_value = received & INTERFACE_BITS, sent & INTERFACE_BITS
    if is_expanded.any():
        in_format, in_value = np.where(is_expanded, received, in_format), np.where(is_expanded, sent, in_value)
        out_format = np.where(is_expanded, words.at(rest, 2), out_format)
        out_value = np.where(is_expanded, words.at(rest, 3), out_value)
    told = FlowSamples(
        of=samples.of,
        source=np.where(is_expanded, source, source & INDEX_BITS),
        sequence=words.at(at),
        rate=words.at(at + 2 + shift),
        drops=words.at(at + 4 + shift),
        in_if=interfaces(in_value, in_format),
        out_if=interfaces(out_value, out_format),
        records=words.at(at + least - 1),
        records_at=at + least,
        ends_at=samples.ends_at,
    )
    return told, cut


def _batches(
    intake: Intake, headers: Headers, words: Words, flows: FlowSamples, records: Parts
) -> Iterator[pa.RecordBatch]:
    """The samples of IP packets as flows of one packet; its moment is that of the capture."""
    count = len(flows.of)
    told, is_ip = flow_columns(words, records, count)
    moment = where(headers.exported_ms[flows.of], (intake.datagrams.captured_ms != NOT_CAPTURED)[flows.of])
    columns: dict[str, Column] = {
        "exporter": exporter_array(intake.exporters, intake.exporter[flows.of]),
        "observation_domain": headers.domain[flows.of],
        "flow_protocol": constant_text(PROTOCOL, count),
        "datagram_sequence": headers.sequence[flows.of],
        "received_at": moment,
        "start_at": moment,
        "end_at": moment,
        "packets": np.ones(count, np.int64),
        "sampling_interval": where(flows.rate.astype(np.float64), flows.rate > 0),
        "sampling_source": constant_text("record", count),
        "in_if": flows.in_if,
        "out_if": flows.out_if,
    }
    is_flow = pa.Array.from_buffers(pa.bool_(), count, [None, bitmap(is_ip)])
    for number, batch in enumerate(batches(count, columns | told)):
        if is_ip.all():
            yield batch
        else:
            yield batch.filter(is_flow.slice(number * BATCH_RECORDS, batch.num_rows))
