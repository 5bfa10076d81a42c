"""What may be told of an edition beside the marts of today: nothing that these withhold.

Belongs here: which values of kept editions are published. Does not belong here: what an edition withheld itself (its
values have none there).
"""

from assets.warehouse.editions.figures import WITHHELD, Cell, Figures, Value


def told(older: Figures, today: Figures | None) -> dict[Cell, Value]:
    """The values of an edition with None for what is withheld in it, or would give away what is withheld today."""
    hidden = _hidden(older, today)
    return {cell: None if cell in hidden else older.values[cell] for cell in {*older.values, *hidden}}


def _hidden(older: Figures, today: Figures | None) -> set[Cell]:
    """Where other cells are withheld than today, all but the total: what one edition merges the other would part."""
    if today is None:
        return set(older.values)
    parts = {cell for cell in {*older.values, *today.values} if cell[1] != "total"}
    if older.withheld != today.withheld:
        return parts | (today.withheld & {("bits", "total", "all")})
    moved = _types_of_withheld_moves(older, today)
    if not moved:
        return set()
    types = {cell for cell in parts if cell[1] == "network_type" and cell[2] in moved}
    # A group that holds all of these types has the network before and after; one that holds some would tell it.
    groups = {cell for cell in parts if cell[1] == "share_group" and _is_divided(older, today, cell[2], moved)}
    return types | groups


def _is_divided(older: Figures, today: Figures, group: str, moved: frozenset[str]) -> bool:
    of_both = [frozenset(figures.groups.get(group, ())) for figures in (older, today)]
    return any(types & moved and not moved <= types for types in of_both)


def _types_of_withheld_moves(older: Figures, today: Figures) -> frozenset[str]:
    """The types between which networks moved that are withheld in one of the two: the difference would be theirs."""
    found: set[str] = set()
    for key in older.networks.keys() | today.networks.keys():
        before, now = older.networks.get(key, {}), today.networks.get(key, {})
        if set(before) == set(now) or None not in {*before.values(), *now.values()}:
            continue
        if before and now:
            found |= {*before, *now}
        elif older.withheld:
            # Networks of types that are withheld are not listed, so that this one may have moved out of or into them.
            found |= {*before, *now, WITHHELD}
    return frozenset(found)
