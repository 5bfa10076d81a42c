"""Windows that the rows of a collector's file tell beside their flows: when it listened, and when it could not.

Belongs here: gathering them from a block of rows. Does not belong here: which columns tell them (one module a format).
"""

from collections.abc import Callable
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.formats._streams import BIN_MS
from assets.exports.formats._windows import Windows


class RowWindow(NamedTuple):
    """The columns in which rows tell when their window began and ended, and which rows say that it was not logged."""

    began: str
    ended: str
    not_logged: Callable[[pa.Table], pa.Array] | None = None


def tell_windows(
    columns: dict[str, pa.Array], not_logged: pa.Array | None, window: RowWindow, windows: Windows
) -> None:
    """Gather the windows of rows; of a window that was not logged it is only known that something is missing."""
    if not {window.began, window.ended} <= columns.keys():
        return
    began, ended = (columns[name].cast(pa.int64()) for name in (window.began, window.ended))
    last_ms = pc.max_element_wise(began, pc.subtract(ended, 1))
    count = len(began)
    rows = pa.table(
        {
            "exporter": columns["exporter"],
            "domain": pc.fill_null(columns.get("observation_domain", pa.nulls(count, pa.uint32())), 0),
            "protocol": columns["flow_protocol"].cast(pa.string()),
            "first": pc.divide(began, BIN_MS),
            "last": pc.divide(last_ms, BIN_MS),
            "is_logged": pa.repeat(True, count) if not_logged is None else pc.invert(not_logged),
        }
    ).filter(pc.and_(began.is_valid(), ended.is_valid()))
    for row in rows.group_by(rows.column_names, use_threads=False).aggregate([([], "count_all")]).to_pylist():
        stream = row["exporter"], row["domain"], row["protocol"]
        if row["is_logged"]:
            windows.span_bins(stream, row["first"], row["last"])
        else:
            windows.lose(stream, row["first"] * BIN_MS, row["count_all"])
