"""Which export days have let their exports go: their records are empty, and what was made of them stays as it is.

Belongs here: telling such days by what lies in the lake. Does not belong here: letting exports go
(assets.warehouse.export_retention), or addresses in the warehouse (assets.warehouse.address_retention).
"""

import json
import os
from datetime import date
from functools import lru_cache
from typing import Any

from assets.ground.lake import Lake, Partition

RECORDS = ("exports", "flow_records")
DAY = "export_on"
RETIRED = b"network_stats.retired"
"""What flow_records say whose rows were let go: how many bytes and records there were, as JSON."""


def retired_days(lake: Lake) -> frozenset[date]:
    """The export days whose exports were let go; they are not pulled, decoded or built into core again."""
    return frozenset(one.partition.on for one in lake.written(RECORDS, DAY) if _noted(lake, *one))


def is_retired(lake: Lake, export_on: date) -> bool:
    """Whether the exports of a day were let go; not, if the day was never decoded."""
    partition = Partition(DAY, export_on)
    return lake.path(RECORDS, partition).exists() and bool(_told_of(lake, partition))


def records_let_go(lake: Lake, export_on: date) -> dict[str, int]:
    """The `records` and `bytes` (as exported) that a retired day had; empty for any other day."""
    return _told_of(lake, Partition(DAY, export_on)) if is_retired(lake, export_on) else {}


def _told_of(lake: Lake, partition: Partition) -> dict[str, int]:
    written = os.stat(lake.path(RECORDS, partition))  # noqa: PTH116 - asked for each day of a run
    return _noted(lake, partition, written.st_ino, written.st_mtime_ns)


@lru_cache(maxsize=1 << 14)
def _noted(lake: Lake, partition: Partition, _inode: int, _modified_ns: int) -> dict[str, int]:
    """The same, read once for as long as the file stays the same."""
    noted: dict[str, Any] = json.loads(lake.note_of(RECORDS, RETIRED, partition) or "{}")
    return noted
