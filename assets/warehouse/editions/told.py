"""What may be told of an edition beside the marts of today: nothing that these withhold.

Belongs here: which values of kept editions are published. Does not belong here: what an edition withheld itself (its
values have none there).
"""

from assets.warehouse.editions.figures import Cell, Figures, Value


def told(older: Figures, today: Figures | None, *, is_superseded_run: bool = False) -> dict[Cell, Value]:
    """The values of an edition with None for what is withheld in it, or would give away what is withheld today.

    Two editions of the same bins differ by what networks did; where the bins differ, as between those of a quarter that
    still ran and a later one (`is_superseded_run`), the difference would be the days between, which no limit guards.
    """
    hidden = set(older.values) if is_superseded_run else _hidden(older, today)
    return {cell: None if cell in hidden else older.values[cell] for cell in {*older.values, *hidden}}


def _hidden(older: Figures, today: Figures | None) -> set[Cell]:
    """All where other cells are withheld or other bins are covered; else types of which what is withheld differs.

    Beside the types that are told, the total and any share would tell what the hidden ones sum up to.
    """
    if today is None:
        return set(older.values)
    cells = {*older.values, *today.values}
    if older.withheld != today.withheld or older.covered_bins != today.covered_bins:
        return cells
    types = _types_that_withhold_otherwise(older, today)
    groups = {group for figures in (older, today) for group, of in figures.groups.items() if types & set(of)}
    hidden = {cell for cell in cells if _is_of(cell, types, groups)}
    return hidden | {cell for cell in cells if hidden and (cell[0] == "share_of_bits" or cell[1] == "total")}


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
