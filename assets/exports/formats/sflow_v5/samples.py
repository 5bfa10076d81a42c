"""Flow samples of sFlow version 5: source, sequence, sampling rate, drops and interfaces.

Belongs here: the two layouts of flow samples (sFlow version 5, section 5.2). Does not belong here: the datagrams that
they come in (sflow_v5), the records in them (sflow_v5.sample_records).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from assets.exports.formats._datagrams import Numbers
from assets.exports.formats._gathering import Column, where
from assets.exports.formats.sflow_v5.words import Parts, Words

FLOW, EXPANDED_FLOW = 1, 3
FLOW_WORDS, EXPANDED_FLOW_WORDS = 8, 11
INDEX_BITS = 0xFFFFFF
INTERFACE_BITS, INTERFACE_FORMAT_SHIFT = np.uint32(0x3FFFFFFF), np.uint32(30)
LOCAL_INTERFACE = 0x3FFFFFFF
SAMPLE_NAMES = ("sequence", "source", "rate", "pool", "drops", "received", "sent", "records")
SAMPLE_LAYOUT = np.dtype([(name, ">u4") for name in SAMPLE_NAMES])
"""A flow sample up to its records. An expanded one has two words each for its source and its interfaces."""
EXPANDED_NAMES = ("sequence", "class", "source", "rate", "pool", "drops", "in_format", "in_if", "out_format", "out_if")
EXPANDED_LAYOUT = np.dtype([(name, ">u4") for name in (*EXPANDED_NAMES, "records")])


class FlowSamples(NamedTuple):
    """Flow samples, one number a sample: their datagram, what they say, and where their records begin and end."""

    of: Numbers
    source: Numbers
    sequence: Numbers
    rate: npt.NDArray[np.uint32]
    drops: Numbers
    in_if: Column
    out_if: Column
    records: Numbers
    records_at: Numbers
    ends_at: Numbers


def flow_samples(words: Words, samples: Parts) -> tuple[FlowSamples, Numbers]:
    """What flow samples (format 1) and expanded ones (format 3) say, and the datagrams in which one is cut."""
    samples = samples.chosen((samples.format == FLOW) | (samples.format == EXPANDED_FLOW))
    least = np.where(samples.format == EXPANDED_FLOW, EXPANDED_FLOW_WORDS, FLOW_WORDS)
    is_whole = samples.begins_at + least <= samples.ends_at
    cut = samples.of[~is_whole]
    if len(cut):
        samples, least = samples.chosen(is_whole), least[is_whole]
    heads = _heads(words, samples)
    flows = FlowSamples(
        of=samples.of,
        source=heads["source"].astype(np.int64),
        sequence=heads["sequence"].astype(np.int64),
        rate=heads["rate"].astype(np.uint32),
        drops=heads["drops"].astype(np.int64),
        in_if=_indices(heads["in_if"], heads["in_format"]),
        out_if=_indices(heads["out_if"], heads["out_format"]),
        records=heads["records"].astype(np.int64),
        records_at=samples.begins_at + least,
        ends_at=samples.ends_at,
    )
    return flows, cut


def _heads(words: Words, samples: Parts) -> dict[str, npt.NDArray[np.unsignedinteger]]:
    """The numbers of samples by their names in the expanded layout, whichever of the two each is written in."""
    head = words.structures(samples.begins_at, SAMPLE_LAYOUT)
    received, sent = head["received"].astype(np.uint32), head["sent"].astype(np.uint32)
    heads = {
        **{name: head[name] for name in ("sequence", "rate", "drops", "records")},
        "source": head["source"] & INDEX_BITS,
        "in_format": received >> INTERFACE_FORMAT_SHIFT,
        "in_if": received & INTERFACE_BITS,
        "out_format": sent >> INTERFACE_FORMAT_SHIFT,
        "out_if": sent & INTERFACE_BITS,
    }
    rows = np.flatnonzero(samples.format == EXPANDED_FLOW)
    if len(rows):
        expanded = words.structures(samples.begins_at[rows], EXPANDED_LAYOUT)
        for name, values in heads.items():
            values[rows] = expanded[name]
    return heads


def _indices(values: npt.NDArray[np.unsignedinteger], formats: npt.NDArray[np.unsignedinteger]) -> Column:
    """Interface indices; null where the format says discarded or several, and for the switch itself (0x3fffffff)."""
    return where(values, (formats == 0) & (values != LOCAL_INTERFACE))
