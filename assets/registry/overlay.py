"""Layers of overlapping ranges laid over each other: disjoint segments, each with its row in every layer.

Within a layer the smallest range that holds an address answers, which is the longest prefix where ranges are
prefixes; of equal ranges the earlier row answers. Layers do not hide each other here.
Belongs here: geometry. Does not belong here: which layer wins (address_plan).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assets.registry.address_columns import Addresses, joined, ranked

Rows = npt.NDArray[np.int64]

NO_ROW = -1
MAPPED_FIRST, MAPPED_LAST = 0xFFFF_0000_0000, 0xFFFF_FFFF_FFFF


@dataclass(frozen=True)
class Layer:
    """Ranges of one meaning, first and last address inclusive; they may overlap."""

    first: Addresses
    last: Addresses


@dataclass(frozen=True)
class Segments:
    """Disjoint ranges in order, from the lowest boundary on without gaps.

    `rows[n]` holds, for each segment, the row of layer n that answers there, or NO_ROW.
    """

    first: Addresses
    last: Addresses
    rows: tuple[Rows, ...]


@dataclass(frozen=True)
class _Pieces:
    """The ranges of a layer, those around the mapped IPv4 addresses in two pieces."""

    first: Addresses
    last: Addresses
    row: Rows


def overlay(layers: Sequence[Layer]) -> Segments:
    """Lay layers over each other; an IPv6 range that spans the mapped IPv4 addresses does not cover them."""
    pieces = [_around_v4(layer) for layer in layers]
    ends = [piece.last.next() for piece in pieces]
    first, places = ranked(joined([*(piece.first for piece in pieces), *ends]))
    if len(first) == 0:
        return Segments(first, first, tuple(np.empty(0, np.int64) for _ in layers))
    # The end of a range that reaches the last address of all wraps to ::; it ends behind the last segment.
    counts = [len(piece.row) for piece in pieces]
    begin_places = np.split(places[: sum(counts)], np.cumsum(counts)[:-1])
    end_places = np.split(places[sum(counts) :], np.cumsum(counts)[:-1])
    rows = tuple(
        _paint(layer, piece.row, begins, np.where(_is_zero(end), len(first), until), len(first))
        for layer, piece, begins, end, until in zip(layers, pieces, begin_places, ends, end_places, strict=True)
    )
    after = joined([first.at(np.arange(1, len(first))), Addresses(np.zeros(1, np.uint64), np.zeros(1, np.uint64))])
    return Segments(first, after.previous(), rows)


def _is_zero(addresses: Addresses) -> npt.NDArray[np.bool_]:
    return np.equal(addresses.high, 0) & np.equal(addresses.low, 0)


def _around_v4(layer: Layer) -> _Pieces:
    row = np.arange(len(layer.first), dtype=np.int64)
    begins_below = (layer.first.high == 0) & (layer.first.low < MAPPED_FIRST)
    ends_above = (layer.last.high > 0) | (layer.last.low > MAPPED_LAST)
    spans = np.flatnonzero(begins_below & ends_above)
    if len(spans) == 0:
        return _Pieces(layer.first, layer.last, row)
    others = np.flatnonzero(~(begins_below & ends_above))
    high = np.zeros(len(spans), np.uint64)
    below_last = Addresses(high, np.full(len(spans), MAPPED_FIRST - 1, np.uint64))
    above_first = Addresses(high, np.full(len(spans), MAPPED_LAST + 1, np.uint64))
    return _Pieces(
        joined([layer.first.at(others), layer.first.at(spans), above_first]),
        joined([layer.last.at(others), below_last, layer.last.at(spans)]),
        np.concatenate([others, spans, spans]),
    )


def _paint(layer: Layer, row: Rows, begins: Rows, ends: Rows, count: int) -> Rows:
    """The row that answers in each of `count` segments: large ranges first, smaller ones painted over."""
    size = layer.last.minus(layer.first).at(row)
    smallest_first = np.lexsort((row, size.low, size.high))
    painted = np.full(count, NO_ROW, np.int64)
    for place in smallest_first[::-1].tolist():
        painted[begins[place] : ends[place]] = row[place]
    return painted
