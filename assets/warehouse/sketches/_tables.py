"""Tables of sketches: one of each day's sets of addresses, and unions of their rows.

Belongs here: the columns, and what may be asked of them. Does not belong here: reading the warehouse or the lake.
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.warehouse.sketches._address_hash import Bytes, address_hashes
from assets.warehouse.sketches._sketch import Sketch

CELL = pa.schema(
    [
        pa.field("export_on", pa.date32(), nullable=False),
        pa.field("event_on", pa.date32(), nullable=False),
        pa.field("network_key", pa.string(), nullable=False),
        pa.field("override", pa.string()),
        pa.field("region", pa.string()),
        pa.field("direction", pa.string()),
        pa.field("ip_version", pa.uint8(), nullable=False),
        pa.field("sampling_interval", pa.float64()),
    ]
)
MEASURES = pa.schema(
    [
        pa.field("unique_ips", pa.int64(), nullable=False),
        pa.field("relative_standard_error", pa.float64(), nullable=False),
        pa.field("sketch", pa.binary(), nullable=False),
    ]
)
ADDRESS_SKETCHES = pa.schema([*CELL, *MEASURES])
"""One row per export day, event day, peer network, override, region, direction, IP version and sampling interval."""


def sketch_cells(cells: pa.Table, addresses: Bytes, lengths: npt.NDArray[np.int64]) -> pa.Table:
    """ADDRESS_SKETCHES of cells, whose addresses lie one cell after another, as many as `lengths` says."""
    is_v6 = np.repeat(cells["ip_version"].to_numpy() == 6, lengths)
    hashes = address_hashes(addresses, is_v6)
    ends = np.cumsum(lengths)
    sketches = [Sketch.of_hashes(hashes[end - length : end]) for end, length in zip(ends, lengths, strict=True)]
    return _with_measures(cells.select(CELL.names).cast(CELL), sketches)


def merged(sketched: pa.Table, keys: Sequence[str]) -> pa.Table:
    """The unions of rows that agree in `keys`, in their order, nulls last; the measures are of each union.

    `sketched` has the keys and a column `sketch`, as ADDRESS_SKETCHES has; other columns are left out.
    """
    ordered = sketched.select([*keys, "sketch"]).sort_by([(key, "ascending") for key in keys])
    members = ordered.select(keys).to_pylist()
    groups = [list(places) for _, places in groupby(range(len(members)), key=members.__getitem__)]
    stored = ordered["sketch"]
    sketches = [Sketch.union(Sketch.from_bytes(stored[place].as_py()) for place in places) for places in groups]
    return _with_measures(ordered.select(keys).take(pa.array([places[0] for places in groups], pa.int64())), sketches)


def _with_measures(cells: pa.Table, sketches: Sequence[Sketch]) -> pa.Table:
    columns = [
        pa.array([one.unique_ips for one in sketches], pa.int64()),
        pa.array([one.relative_standard_error for one in sketches], pa.float64()),
        pa.array([one.to_bytes() for one in sketches], pa.binary()),
    ]
    return pa.Table.from_arrays([*cells.columns, *columns], schema=pa.schema([*cells.schema, *MEASURES]))
