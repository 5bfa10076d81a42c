"""In words, what an edition was made from that is not what the edition before it was made from.

Belongs here: comparing inputs. Does not belong here: reading them (assets.reports.editions), or which rows are noted
(rows).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from assets.warehouse.editions.rows import DECISIONS, Row

Inputs = Mapping[str, Any]
"""`rows` (the name by which the rows of each table are kept), `registries` (date by source), `exports` (counts by what
is counted), and `platform` (hash by part)."""
RowsOf = Callable[[str], list[Row] | None]
UNKNOWN = "nothing that is noted of what an edition is made from"
MOST_ROWS = 5
REASONS = ("reason", "evidence", "label")
# Of a table whose first columns name its rows together.
NAMED_BY = {DECISIONS: 2, "interfaces": 2}
ONE_OF = {"own_prefixes": "own prefix"}


def what_changed(before: Inputs, now: Inputs, rows_of: RowsOf) -> tuple[str, ...]:
    """One phrase for each row, registry or count that differs: "exporter lon-1 changed: sampling interval 1000 ..."."""
    phrases = (
        *_tables(before.get("rows", {}), now.get("rows", {}), rows_of),
        *_registries(before.get("registries", {}), now.get("registries", {})),
        *_exports(before.get("exports", {}), now.get("exports", {})),
        *_platform(before.get("platform", {}), now.get("platform", {})),
    )
    return phrases or (UNKNOWN,)


def _tables(before: Mapping[str, str], now: Mapping[str, str], rows_of: RowsOf) -> Iterator[str]:
    for table in now:
        if before.get(table) == now[table]:
            continue
        earlier, later = rows_of(before.get(table, "")), rows_of(now[table])
        if earlier is None or later is None:
            yield f"{_readable(table)}, of which the rows before are not kept any more"
            continue
        phrases = [*_rows(table, earlier, later)]
        yield from phrases[:MOST_ROWS]
        if phrases[MOST_ROWS:]:
            yield f"{len(phrases) - MOST_ROWS} more rows of {_readable(table)}"


def _rows(table: str, before: Sequence[Row], now: Sequence[Row]) -> Iterator[str]:
    """A phrase for each row that was added, changed or removed."""
    columns = [*(now or before or [{}])[0]]
    names = columns[: _width(table, columns, before, now)]
    earlier, later = ({tuple(row.get(name, "") for name in names): row for row in rows} for rows in (before, now))
    for key in sorted(earlier.keys() | later.keys()):
        old, new = earlier.get(key), later.get(key)
        row = new or old or {}
        if old is None or new is None:
            told = "" if "network_type" in names or not row.get("network_type") else f": {_told(row, 'network_type')}"
            yield f"{_named(table, key)} {'added' if old is None else 'removed'}{told}{_reason(row)}"
        elif changes := [_change(old, new, name) for name in new if old.get(name, "") != new[name]]:
            yield f"{_named(table, key)} changed: {'; '.join(changes)}{_reason(row)}"


def _width(table: str, columns: Sequence[str], *sides: Sequence[Row]) -> int:
    """How many of the first columns tell the rows of each side apart."""
    for width in range(NAMED_BY.get(table, 1), len(columns)):
        if all(
            len({tuple(row.get(name, "") for name in columns[:width]) for row in rows}) == len(rows) for rows in sides
        ):
            return width
    return len(columns)


def _named(table: str, key: Sequence[str]) -> str:
    if table == DECISIONS:
        return f"decision of {key[0]} on {' '.join(key[1:])}"
    return " ".join((ONE_OF.get(table, _readable(table).removesuffix("s")), *filter(None, key)))


def _told(row: Row, name: str) -> str:
    return f"{_readable(name)} {_cell(row, name)}"


def _cell(row: Row, name: str) -> str:
    text = row.get(name, "")
    return _readable(text) if name.endswith("_type") else text


def _change(old: Row, new: Row, name: str) -> str:
    """What became of a cell; of an address, whose hash is noted, and of a reason, which follows, only that it did."""
    before, now = (_cell(row, name) or "none" for row in (old, new))
    if name in REASONS or "#" in (before[0], now[0]):
        return _readable(name)
    return f"{now}, {before} before" if name == "value" else f"{_readable(name)} {now}, {before} before"


def _reason(row: Row) -> str:
    reason = next((row[name] for name in REASONS if row.get(name)), "")
    return f" ({reason})" if reason else ""


def _readable(name: str) -> str:
    return "decisions" if name == DECISIONS else name.replace("_", " ")


def _registries(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for source in sorted({*before, *now}):
        if source not in now:
            yield f"registry {source} is not used any more"
        elif source not in before:
            yield f"registry {source} of {now[source]} is new"
        elif before[source] != now[source]:
            yield f"registry {source} of {now[source]} ({before[source]} before)"


def _exports(before: Mapping[str, int], now: Mapping[str, int]) -> Iterator[str]:
    differing = [name for name in now if before.get(name) != now[name]]
    if differing:
        counts = [f"{now[name]:,} {name} ({before.get(name, 0):,} before)" for name in differing]
        yield f"exports: {', '.join(counts)}"


def _platform(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    parts = sorted(part for part in {*before, *now} if before.get(part) != now.get(part))
    if parts:
        yield f"Network Stats itself: its {' and '.join(parts)}"
