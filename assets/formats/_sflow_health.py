"""What sFlow says of its own losses: sequences of datagrams and of each source's samples, and drops.

Belongs here: booking of sFlow datagrams. Does not belong here: reading them (sflow_v5).
"""

import numpy as np

from assets.formats._datagrams import Numbers
from assets.formats._export_health import MOST_SEQUENCES, SEQUENCE_SPACE, ExportHealth, Stream
from assets.formats._intake import Flags, Headers, Intake, lost_before, rows_by_stream, streams_of

LARGEST_DROPS = 1 << 31


def book(
    intake: Intake,
    headers: Headers,
    protocol: str,
    fresh: Flags,
    malformed: Flags,
    of: Numbers,
    source: Numbers,
    sequence: Numbers,
    drops: Numbers,
) -> None:
    """Count what came and was lost; `of`, `source`, `sequence` and `drops` are of the flow samples.

    Lost samples are an estimate: the larger of what the datagrams' sequence says (each as full as the one after the
    gap) and what the sequences of the samples' sources say.
    """
    streams, stream = streams_of(intake, headers.domain, protocol)
    samples = np.bincount(of, minlength=len(intake)).astype(np.int64)
    lost_datagrams = lost_before(intake, streams, stream, headers, fresh.astype(np.int64), fresh)
    lost_samples, dropped = _of_sources(intake, streams, stream[of], headers.uptime_ms[of], source, sequence, drops)
    by_datagram = lost_datagrams * samples
    by_source = np.zeros(len(intake), np.int64)
    np.add.at(by_source, of, lost_samples)
    drops_by_datagram = np.zeros(len(intake), np.int64)
    np.add.at(drops_by_datagram, of, dropped)
    for rows in rows_by_stream(stream, len(streams)):
        if by_source[rows].sum() > by_datagram[rows].sum():
            by_datagram[rows] = by_source[rows]
    health = intake.state.health
    health.count(
        streams,
        stream,
        headers.exported_ms,
        datagrams=fresh.astype(np.int64),
        duplicates=(~fresh).astype(np.int64),
        malformed=malformed.astype(np.int64),
        data_records=samples,
        samples=samples,
        drops=drops_by_datagram,
        records_lost=by_datagram,
    )
    health.mark_estimates(streams, stream[by_datagram != 0], headers.exported_ms[by_datagram != 0])
    intake.state.counts.datagrams += int(fresh.sum())


def _of_sources(
    intake: Intake,
    streams: list[Stream],
    stream: Numbers,
    uptime_ms: Numbers,
    source: Numbers,
    sequence: Numbers,
    drops: Numbers,
) -> tuple[Numbers, Numbers]:
    """The samples lost before each sample, and the packets dropped since, by the counts of its source."""
    lost, dropped = np.zeros(len(stream), np.int64), np.zeros(len(stream), np.int64)
    health, one = intake.state.health, np.ones(len(stream), np.int64)
    keys, which = np.unique(stream << 32 | source, return_inverse=True)
    for key, rows in zip(keys.tolist(), rows_by_stream(which, len(keys)), strict=True):
        exporter, domain, protocol = streams[key >> 32]
        counted = (exporter, domain, f"{protocol} source {key & 0xFFFFFFFF}")
        lost[rows] = health.follow(counted, sequence[rows], one[rows], uptime_ms[rows])
        dropped[rows] = _increments(health, counted, drops[rows])
    return lost, dropped


def _increments(health: ExportHealth, counted: Stream, total: Numbers) -> Numbers:
    """What a running total grew by with each sample; nothing at the first one, and where it begins anew."""
    before = np.concatenate([[health.totals.get(counted, int(total[0]))], total[:-1]])
    health.totals[counted] = int(total[-1])
    if len(health.totals) > MOST_SEQUENCES:
        del health.totals[next(iter(health.totals))]
    grown = (total - before) % SEQUENCE_SPACE
    return np.where(grown < LARGEST_DROPS, grown, 0)
