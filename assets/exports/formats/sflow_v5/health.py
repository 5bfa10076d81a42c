"""What sFlow says of its own losses: sequences of datagrams and of each source's samples, and drops.

Belongs here: booking of sFlow datagrams. Does not belong here: reading them (sflow_v5).
"""

import numpy as np

from assets.exports.formats._datagrams import Numbers
from assets.exports.formats._intake import Flags, Headers, Intake, streams_of
from assets.exports.formats._sequences import Steps


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
    """Count what came; `of`, `source`, `sequence` and `drops` are of the flow samples.

    Lost samples are an estimate: the larger of what the datagrams' sequence says (each as full as the one after the
    gap) and what the sequences of the samples' sources say.
    """
    streams, stream = streams_of(intake, headers.domain, protocol)
    samples = np.bincount(of, minlength=len(intake)).astype(np.int64)
    none = np.zeros(len(intake), np.int64)
    steps = Steps(headers.exported_ms, headers.sequence, none + 1, none, headers.uptime_ms, samples, none > 0)
    health = intake.state.health
    health.wait(streams, stream[fresh], steps.chosen(fresh))
    health.sources.wait(streams, stream[of], source, sequence, headers.exported_ms[of], headers.uptime_ms[of], drops)
    health.count(
        streams,
        stream,
        headers.exported_ms,
        datagrams=fresh.astype(np.int64),
        duplicates=(~fresh).astype(np.int64),
        malformed=malformed.astype(np.int64),
        data_records=samples,
        samples=samples,
    )
    intake.state.counts.datagrams += int(fresh.sum())
