"""Sequence numbers that count data records (IPFIX), as the standard has them and as exporters in the field do.

Belongs here: how far each message counts. Does not belong here: telling loss from reordering (_export_health).
"""

import numpy as np

from assets.formats._datagrams import Numbers
from assets.formats._export_health import LARGEST_GAP_STEPS, SEQUENCE_SPACE, Stream
from assets.formats._intake import Flags, Headers, Intake, rows_by_stream


def lost_records_before(
    intake: Intake,
    streams: list[Stream],
    stream: Numbers,
    headers: Headers,
    data_records: Numbers,
    option_records: Numbers,
    undecoded_sets: Numbers,
    fresh: Flags,
) -> Numbers:
    """The data records that each message's sequence number says were lost before it.

    RFC 7011 section 3.1: the number is that of records sent before, those of options templates included. Some exporters
    leave those out (pmacct's nfprobe), others count a message's own records in (softflowd): a step that is right by
    either habit is no loss. What follows a set that could not be decoded begins the sequence anew.
    """
    lost, health = np.zeros(len(intake), np.int64), intake.state.health
    for one, of_stream in zip(streams, rows_by_stream(stream, len(streams)), strict=True):
        rows = of_stream[fresh[of_stream]]
        sequence, data = headers.sequence[rows], data_records[rows]
        steps = data + option_records[rows]
        ahead = np.diff(sequence, append=sequence[-1:]) % SEQUENCE_SPACE
        counts_own = ahead == np.append(steps[1:], 0)
        is_right = (ahead == data) | counts_own | (ahead == np.append(data[1:], 0))
        is_unknown = (undecoded_sets[rows] > 0) & (ahead <= LARGEST_GAP_STEPS)
        steps = np.where(is_right | is_unknown, ahead, steps)
        lost[rows] = health.follow(one, sequence, steps, headers.uptime_ms[rows])
        if (len(rows) and undecoded_sets[rows[-1]]) or (len(rows) > 1 and counts_own[-2] and ahead[-2] != data[-2]):
            health.sequences.pop(one)
    return lost
