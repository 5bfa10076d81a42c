"""sFlow version 5 (sflow.org, July 2004): sampled packets with what the switch knew of them.

Belongs here: datagrams, and the flow records made of their samples. Does not belong here: what samples say
(sflow_v5.samples), the records in a sample (sflow_v5.sample_records), headers of sampled packets (_packet_headers).
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from assets.exports.formats._datagrams import NOT_CAPTURED, Numbers, distinct_addresses
from assets.exports.formats._flow_record import MOMENT
from assets.exports.formats._gathering import (
    BATCH_RECORDS,
    Column,
    batches,
    bitmap,
    constant_text,
    exporter_array,
    number_array,
    where,
)
from assets.exports.formats._intake import Flags, Headers, Intake
from assets.exports.formats._state import DecoderState
from assets.exports.formats.sflow_v5.health import book
from assets.exports.formats.sflow_v5.sample_records import Records, flow_columns
from assets.exports.formats.sflow_v5.samples import FlowSamples, flow_samples
from assets.exports.formats.sflow_v5.words import IPV4_ADDRESS, IPV6_ADDRESS, WHOLE, Words, parts

VERSIONS = (0x50000,)
PROTOCOL = "sflow_v5"
LEAST_HEADER_BYTES = 28
COUNTERS, EXPANDED_COUNTERS, DISCARDED = 2, 4, 5


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
        flows, lacks_fields = flow_samples(words, samples)
        records = Records(words, flows.records_at, flows.ends_at, flows.records)
        malformed = fresh & ((cut != WHOLE) | ~is_sound)
        malformed[flows.of[records.is_cut]] = True
        malformed[lacks_fields] = True
        _refuse(intake, malformed, is_sound)
        book(intake, headers, PROTOCOL, fresh, malformed, flows.of, flows.source, flows.sequence, flows.drops)
        intake.state.counts.discarded_samples += int((samples.format == DISCARDED).sum())
        intake.state.counts.flow_samples += len(flows.of)
        intake.state.counts.counter_samples += sum(_counters(formats) for formats in (samples.format, cut))
        yield from _batches(intake, headers, flows, records)

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


def _batches(intake: Intake, headers: Headers, flows: FlowSamples, records: Records) -> Iterator[pa.RecordBatch]:
    """The samples of IP packets as flows of one packet; its moment is that of the capture."""
    count = len(flows.of)
    of_packets, is_ip = flow_columns(records)
    is_captured = intake.datagrams.captured_ms != NOT_CAPTURED
    moment = number_array(headers.exported_ms[flows.of], MOMENT, is_captured[flows.of])
    columns: dict[str, Column] = {
        "exporter": exporter_array(intake.exporters, intake.exporter[flows.of]),
        "observation_domain": headers.domain[flows.of],
        "flow_protocol": constant_text(PROTOCOL, count),
        "datagram_sequence": headers.sequence[flows.of],
        "received_at": moment,
        "start_at": moment,
        "end_at": moment,
        "packets": np.ones(count, np.uint64),
        "sampling_interval": where(flows.rate.astype(np.float64), flows.rate > 0),
        "sampling_source": constant_text("record", count),
        "in_if": flows.in_if,
        "out_if": flows.out_if,
    }
    is_flow = pa.Array.from_buffers(pa.bool_(), count, [None, bitmap(is_ip)])
    for number, batch in enumerate(batches(count, columns | of_packets)):
        if is_ip.all():
            yield batch
        else:
            yield batch.filter(is_flow.slice(number * BATCH_RECORDS, batch.num_rows))
