"""The rules that hold across the rows and files of an operator folder.

Belongs here: references, duplicates, overlaps. Does not belong here: what a single cell may hold (_cells).
"""

import csv
from collections import defaultdict
from collections.abc import Collection
from datetime import date
from operator import attrgetter
from pathlib import Path

from assets.ground.addresses import bounds
from assets.operator._files import Numbered, cells_of
from assets.operator.columns import CHECK_LIMITS, OVERRIDES, OWN_PREFIXES, REGIONS, CsvFile, Row
from assets.operator.limits import row_that_holds, shared_limits
from assets.operator.model import CheckLimit, Override, OwnPrefix, Region
from assets.operator.problems import Problems

NETWORK_TYPES_SEED = Path(__file__).parents[2] / "dbt_project" / "seeds" / "network_types.csv"
# What marts call a type, region or network that they tell only together with others.
WITHHELD = "withheld"
VALIDITY = ("valid_from", "valid_to")
DECISION = ("decided_on", "expires_on")


def refer(
    problems: Problems, file: CsvFile[Row], rows: list[Numbered[Row]], column: str, target: CsvFile[object]
) -> None:
    """Each filled cell of a column stands in the column of the same name of another file."""
    known = cells_of(target, column, problems.folder)
    for row in rows:
        value = getattr(row.value, column)
        if value is not None and value not in known:
            what = f"'{value}' is not in {target.name}; add it there or correct it"
            problems.of_cell(file.name, row.number, column, what)


def once(
    problems: Problems,
    file: CsvFile[Row],
    rows: list[Numbered[Row]],
    *keys: tuple[str, ...],
    valid: tuple[str, str] | None = None,
) -> None:
    """No two rows have the same values in the columns of a key (on the same day, where rows have dates)."""
    same: dict[tuple[object, ...], list[Numbered[Row]]] = defaultdict(list)
    for row in rows:
        first, last = _dates(row.value, valid)
        if valid and first > last:
            what = f"'{last}' is before {valid[0]} {first}; correct one of them"
            problems.of_cell(file.name, row.number, valid[1], what)
            continue
        named = [(key, *(getattr(row.value, column) for column in key)) for key in keys]
        for name in named:
            if twin := next((other for other in same[name] if _overlap(row, other, valid)), None):
                problems.of_cell(file.name, row.number, _last_filled(row.value, name[0]), _twice(name[1:], twin, valid))
                break
        for name in named:
            same[name].append(row)


def _last_filled(value: object, key: tuple[str, ...]) -> str:
    """The column to look at: of an override's prefix, asn and organisation the one that is filled."""
    return next((column for column in reversed(key) if getattr(value, column) is not None), key[-1])


def _overlap(row: Numbered[Row], other: Numbered[Row], valid: tuple[str, str] | None) -> bool:
    first, last = _dates(row.value, valid)
    other_first, other_last = _dates(other.value, valid)
    return first <= other_last and other_first <= last


def _dates(value: object, valid: tuple[str, str] | None) -> tuple[date, date]:
    if valid is None:
        return date.min, date.max
    first, last = attrgetter(*valid)(value)
    return first or date.min, last or date.max


def _twice(key: tuple[object, ...], other: Numbered[Row], valid: tuple[str, str] | None) -> str:
    said = " ".join(str(part) for part in key if part is not None)
    if valid is None:
        return f"'{said}' stands in row {other.number} too; keep one"
    dates = " and ".join(valid)
    return f"'{said}' holds in row {other.number} too on some day; set {dates} so that they don't overlap"


def no_region_is_withheld(problems: Problems, regions: list[Numbered[Region]]) -> None:
    """No region has the name under which marts count what they withhold."""
    for row in regions:
        if row.value.region == WITHHELD:
            what = f"'{WITHHELD}' is what marts call regions that are too small to be told; name it otherwise"
            problems.of_cell(REGIONS.name, row.number, "region", what)


def own_prefixes_apart(problems: Problems, own_prefixes: list[Numbered[OwnPrefix]]) -> None:
    """No own prefix overlaps another."""
    reached: Numbered[OwnPrefix] | None = None
    in_order = sorted(own_prefixes, key=lambda row: (bounds(row.value.prefix)[0], row.value.prefix.prefixlen))
    for row in in_order:
        if reached is not None and bounds(row.value.prefix)[0] <= bounds(reached.value.prefix)[1]:
            other = f"{reached.value.prefix} of row {reached.number}"
            what = f"'{row.value.prefix}' overlaps {other}; keep the wider one"
            problems.of_cell(OWN_PREFIXES.name, row.number, "prefix", what)
            continue
        reached = row


def overrides_name_one_thing(problems: Problems, overrides: list[Numbered[Override]]) -> None:
    """Each override fills exactly one of prefix, asn and organisation."""
    for row in overrides:
        named = [row.value.prefix, row.value.asn, row.value.organisation]
        filled = sum(name is not None for name in named)
        if filled != 1:
            what = f"fills {filled} of prefix, asn and organisation; fill exactly one"
            problems.of_row(OVERRIDES.name, row.number, what)


def override_types_known(
    problems: Problems, overrides: list[Numbered[Override]], network_types: Collection[str] | None
) -> None:
    """Each override gives a network type that exists."""
    known = _seeded_network_types() if network_types is None else network_types
    for row in overrides:
        if row.value.network_type not in known:
            what = f"'{row.value.network_type}' is not a network type; write one of {', '.join(sorted(known))}"
            problems.of_cell(OVERRIDES.name, row.number, "network_type", what)


def shared_limits_in_range(problems: Problems, limits: list[Numbered[CheckLimit]]) -> None:
    """A number that SQL goes by, too, is one that it can go by."""
    for row in limits:
        for one in shared_limits().values():
            number = row.value.limit
            is_set = row_that_holds([row.value.check], one.set_by) is not None
            if number is not None and is_set and not one.may_be(number):
                what = f"{number:.15g} is not {one.range}, as {one.set_by} must be, which decides on {one.limit_name}"
                problems.of_cell(CHECK_LIMITS.name, row.number, "limit", what)


def _seeded_network_types() -> Collection[str]:
    with NETWORK_TYPES_SEED.open(encoding="utf-8", newline="") as content:
        return {row["network_type"] for row in csv.DictReader(content)} - {WITHHELD}
