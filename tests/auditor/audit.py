"""What follows from a published file of what it withholds.

Belongs here: which withheld cells are known, exactly or within a tenth. Does not belong here: how that is found.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import inf

from tests.auditor.editions_read import editions_of, withheld_then
from tests.auditor.marts_read import TABLES, WITHHELD, Marts, bits_of
from tests.auditor.relations import relations_of, variable
from tests.auditor.system import System, Variable, bounds, determined

# Known within 10%: between nine and eleven tenths of the value.
NEAR = Fraction(11, 9)
FEW_NETWORKS = 5
# A group is withheld for the sake of one of its types: what is told of the others is told of it, too. A metro's types
# are told by region as a whole or not at all: what metros and types by region tell of them is not held back.
TOLD_BY_OTHERS = ("share_group_quarterly", "metro_network_type_quarterly")


@dataclass(frozen=True)
class Leak:
    """A withheld cell whose bits are known, and how."""

    cell: Variable
    how: str


def withheld_cells(published: Marts, truth: Marts) -> dict[Variable, Fraction]:
    """The bits of each cell that the operator could have published and that the file does not tell."""
    found = {**truth.small_parts, **withheld_then(published)}
    for table in TABLES:
        told = {key for key, row in published.cells(table) if bits_of(row) is not None}
        for key, row in truth.cells(table):
            if key not in told and table not in TOLD_BY_OTHERS and (bits := bits_of(row)):
                found[variable(table, key)] = bits
    return found


def leaks(published: Marts, truth: Marts) -> list[Leak]:
    """Every withheld cell with traffic that is determined, or known within a tenth of its value."""
    missing = {*editions_of(published)} - published.older.keys() if "editions" in published.rows else set()
    assert not missing, f"of editions {missing} it is not known what they were made of"
    # Who takes it that only covered days have traffic errs in these months, and knows nothing by it.
    published.left_months.update(truth.left_months)
    hidden = withheld_cells(published, truth)
    found = _known(relations_of(published), hidden)
    if found and published.older:
        # What follows from today's marts to who knows which networks, regions and months stayed as they were, or had
        # nothing before, the tables of editions need not hide; what follows from the marts alone is a leak anyway.
        without = {one.cell for one in _known(relations_of(published, editions="silent"), hidden)}
        of_marts = {one.cell for one in _known(relations_of(published, editions="none"), hidden)}
        found = [one for one in found if one.cell in of_marts or one.cell not in without]
    return found + list(_by_largest_network(published, hidden)) + list(_by_concentration(published, truth, hidden))


def _known(system: System, hidden: dict[Variable, Fraction]) -> list[Leak]:
    found = [Leak(cell, f"told as {float(system.known[cell]):.6g}") for cell in hidden if cell in system.known]
    for component in system.components():
        cells = {v for one in component for v in one.weights if v in hidden}
        if not cells:
            continue
        found += [Leak(cell, "determined") for cell in cells & determined(component)]
        between = bounds(component, cells)
        found += [
            Leak(cell, f"{float(hidden[cell]):.6g} is between {float(low):.6g} and {float(high):.6g}")
            for cell in cells
            for low, high in [between[cell]]
            if high != inf and low > 0 and high <= low * NEAR
        ]
    return found


def _by_largest_network(published: Marts, hidden: dict[Variable, Fraction]) -> Iterator[Leak]:
    """The largest network's part of a type, times its bits, is a network's bits: one of those that are told."""
    values = {
        (row["quarter"], row["member"]): row["value"]
        for row in published.rows["quarter_metrics"]
        if row["dimension"] == "network_type" and row["metric"] == "bits" and row["value"]
    }
    told = {
        (quarter, kind, round(float(bits_of(row) or 0), -3))
        for (quarter, kind, _), row in published.cells("network_quarterly")
        if row["bits"] is not None
    }
    for row in published.rows["quarter_metrics"]:
        key = (row["quarter"], row["member"])
        if row["dimension"] != "network_type" or row["metric"] != "bits" or not row["top_network_share"]:
            continue
        bits = row["top_network_share"] * values.get(key, 0)
        if (*key, round(bits, -3)) in told:
            continue
        for cell, amount in hidden.items():
            if cell[:3] == ("network_quarterly", *key) and abs(amount - bits) <= amount * Fraction(1, 10**6):
                yield Leak(cell, "the largest network's part of its type")


def _by_concentration(published: Marts, truth: Marts, hidden: dict[Variable, Fraction]) -> Iterator[Leak]:
    """Four measures of at most five networks of a region tell the part of each; one near to 1 that of the largest."""
    hidden_there = {
        (quarter, kind, place)
        for quarter, kind, region, network in truth.networks_by_region
        if ("network_quarterly", quarter, kind, network) in hidden
        for place in (region, WITHHELD)
    }
    for row in published.rows["concentration_quarterly"]:
        key = (row["quarter"], row["network_type"], row["region"])
        if key in hidden_there and row["networks"] is not None and row["networks"] <= FEW_NETWORKS:
            yield Leak(("concentration_quarterly", *key), f"measures of {row['networks']} networks")
