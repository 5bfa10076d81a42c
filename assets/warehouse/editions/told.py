"""What may be told of an edition beside the marts of today: nothing that these withhold.

Belongs here: which values of kept editions are published. Does not belong here: what an edition withheld itself (its
values have none there).
"""

from assets.warehouse.editions.figures import Cell, Figures, Value


def told(
    older: Figures,
    today: Figures | None,
    *,
    is_superseded_run: bool = False,
    is_late: bool = False,
    minimum: int | None = None,
) -> dict[Cell, Value]:
    """The values of an edition with None for what is withheld in it, or would give away what is withheld today.

    Two editions of the same records differ by what networks did. Where exports came later (`is_late`, or other bins are
    covered), the difference is these exports: they are told where they brought the `minimum` of addresses that were not
    there before. A quarter that still ran (`is_superseded_run`) differs by the days between, which no limit guards.
    """
    hidden = set(older.values) if is_superseded_run else _hidden(older, today, is_late=is_late, minimum=minimum)
    return {cell: None if cell in hidden else older.values[cell] for cell in {*older.values, *hidden}}


def _hidden(older: Figures, today: Figures | None, *, is_late: bool, minimum: int | None) -> set[Cell]:
    """All where other cells are withheld; else types of which what is withheld differs, or too little came later.

    Beside the types that are told, the total and any share would tell what the hidden ones sum up to.
    """
    if today is None:
        return set(older.values)
    cells = {*older.values, *today.values}
    if older.withheld != today.withheld:
        return cells
    types = _types_that_withhold_otherwise(older, today)
    if is_late or older.covered_bins != today.covered_bins:
        if minimum is None or _has_moved(older, today):
            return cells
        types |= _types_of_few_new_addresses(older, today, minimum)
    groups = {group for figures in (older, today) for group, of in figures.groups.items() if types & set(of)}
    hidden = {cell for cell in cells if _is_of(cell, types, groups)}
    return hidden | {cell for cell in cells if hidden and (cell[0] == "share_of_bits" or cell[1] == "total")}


def _has_moved(older: Figures, today: Figures) -> bool:
    """Whether a network has another type or is gone: what came later could then be told apart from it."""
    return any(set(today.networks.get(key, {})) != set(types) for key, types in older.networks.items())


def _types_of_few_new_addresses(older: Figures, today: Figures, minimum: int) -> set[str]:
    """The types whose difference is of fewer new addresses, or may be a month or a region that is withheld."""
    kinds = {cell[2] for cell in {*older.values, *today.values} if cell[1] == "network_type"}
    return {
        kind
        for kind in kinds
        if older.bits("network_type", kind) != today.bits("network_type", kind)
        and (kind not in today.divided or _new_addresses(older, today, kind) < minimum)
    }


def _new_addresses(older: Figures, today: Figures, kind: str) -> float:
    before, now = (figures.values.get(("unique_ips", "network_type", kind), 0) for figures in (older, today))
    return 0 if before is None or now is None else now - before


def _is_of(cell: Cell, types: set[str], groups: set[str]) -> bool:
    _, dimension, member = cell
    return member in (types if dimension == "network_type" else groups if dimension == "share_group" else set())


def _types_that_withhold_otherwise(older: Figures, today: Figures) -> set[str]:
    """The types in which networks that are not told carry other bits than before, and all types of such networks.

    A type's bits without those of its networks that are told are those of the networks that are not.
    """
    kinds = {cell[2] for cell in {*older.values, *today.values} if cell[1] == "network_type"}
    found = {kind for kind in kinds if older.untold_bits(kind) != today.untold_bits(kind)}
    for key in older.networks.keys() | today.networks.keys():
        before, now = older.networks.get(key, {}), today.networks.get(key, {})
        if before != now and None in {*before.values(), *now.values()}:
            found |= {*before, *now}
    return found
