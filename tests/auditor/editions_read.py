"""What the tables of editions say beside the marts of today, to a reader who knows which networks stayed as they were.

Belongs here: relations of older editions, and what these withheld. Does not belong here: relations of today's marts
(relations).
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from fractions import Fraction

from tests.auditor.marts_read import EDITIONS, Key, Marts, Older, Row, bits_of
from tests.auditor.system import System, Variable

TYPES, GROUPS, NETWORKS = "network_type_quarterly", "share_group_quarterly", "network_quarterly"
REGIONS, MONTHS = "region_network_type_quarterly", "network_type_monthly"
DIMENSIONS = {"network_type": TYPES, "share_group": GROUPS}
EditionOf = tuple[Hashable, Hashable]


def relate_editions(system: System, marts: Marts, groups: dict[str, set[str]], *, are_told: bool) -> None:
    """All that is told of older editions, whose amounts are those of today where nothing changed."""
    for name, older in marts.older.items():
        values = _values(marts, name)
        withheld = [
            cell[1] for cell, row in values.items() if cell[0] == "network_type" and row.get("state") == "withheld"
        ]
        types = sorted({kind for _, kind in older.truth.bits(TYPES, name[0])} | set(withheld))
        if are_told:
            _told(system, name, values, withheld)
            _reclassified(system, marts, name)
        system.equal([_then(name, TYPES, kind) for kind in types], [_then(name, "total")])
        for group, members in groups.items():
            of_group = [_then(name, TYPES, kind) for kind in types if kind in members]
            system.equal(of_group, [_then(name, GROUPS, group)])
        for kind in types:
            _difference(system, marts, name, kind, NETWORKS)
            if older.is_late:
                # A router that came late is known by its row, and days by their count.
                for parts in (REGIONS, MONTHS):
                    _difference(system, marts, name, kind, parts)
                system.equal([(TYPES, name[0], kind)], [_then(name, TYPES, kind), _late(name, kind)])


def withheld_then(marts: Marts) -> dict[Variable, Fraction]:
    """The bits of types and networks that older editions withheld when they were made, and that today are not told."""
    found: dict[Variable, Fraction] = {}
    for name, older in marts.older.items():
        found |= {_late(name, kind): bits for kind, bits in older.few_late.items()}
        for table in (TYPES, NETWORKS):
            told = {key: bits_of(row) for key, row in older.published.cells(table) if bits_of(row) is not None}
            today = {key: bits_of(row) for key, row in marts.cells(table)}
            for key, bits in older.truth.bits(table, name[0]).items():
                if key not in told and today.get(key) != bits:
                    found[_then(name, TYPES, key[1]) if table == TYPES else _part(older, name, table, key)] = bits
    return found


def _late(name: EditionOf, kind: Hashable) -> Variable:
    return ("late", *name, kind)


def _values(marts: Marts, name: EditionOf) -> dict[Key, dict[str, Row]]:
    """Of each cell of an edition, its rows by metric, and the state of its bits."""
    found: dict[Key, dict[str, Row]] = defaultdict(dict)
    for row in marts.rows[EDITIONS[1]]:
        if (row["quarter"], row["edition"]) == name:
            found[row["dimension"], row["member"]][row["metric"]] = row["value"]
            if row["metric"] == "bits":
                found[row["dimension"], row["member"]]["state"] = row["state"]
    return found


def _told(system: System, name: EditionOf, values: dict[Key, dict[str, Row]], withheld: list[Hashable]) -> None:
    """Bits outright, as addresses times magnitude, and as the share of a total that is told."""
    whole = values.get(("total", "all"), {}).get("bits")
    for (dimension, member), told in values.items():
        parts = [_then(name, DIMENSIONS.get(str(dimension), "total"), *([member] if dimension != "total" else []))]
        if member == "withheld":
            parts = [_then(name, TYPES, kind) for kind in withheld if kind != "withheld"]
        shared = told["share_of_bits"] * whole if told.get("share_of_bits") is not None and whole else None
        many = told.get("unique_ips"), told.get("magnitude")
        product = Fraction(many[0]) * Fraction(many[1]) if None not in many else None
        for amount in (told.get("bits"), shared, product):
            if amount is not None:
                system.equal(parts, amount=Fraction(amount), is_rounded=True)
        if whole is None and told.get("bits") and told.get("share_of_bits"):
            system.equal([_then(name, "total")], amount=Fraction(told["bits"] / told["share_of_bits"]), is_rounded=True)


def _difference(system: System, marts: Marts, name: EditionOf, kind: Hashable, table: str) -> None:
    """A type's bits then and now differ by those of the networks, regions or months that changed."""
    older = marts.older[name]
    then, now = (of.bits(table, name[0]) for of in (older.truth, older.today))
    keys = [key for key in sorted({*then, *now}, key=str) if key[1] == kind and then.get(key) != now.get(key)]
    left = [_then(name, TYPES, kind), *((table, *key) for key in keys if key in now)]
    right = [(TYPES, name[0], kind), *(_part(older, name, table, key) for key in keys if key in then)]
    system.equal(left, right)


def _reclassified(system: System, marts: Marts, name: EditionOf) -> None:
    """Effects of the next edition, if it is today's: bits of the networks that had another type, of one type each."""
    older = marts.older[name]
    then, now = (_types_of(of.bits(NETWORKS, name[0])) for of in (older.truth, older.today))
    moved = {key for key in then.keys() & now.keys() if then[key] != now[key]}
    newest = max(row["edition"] for row in marts.rows["editions"] if row["quarter"] == name[0])
    for row in marts.rows["restatements"]:
        is_next = (row["quarter"], row["previous_edition"], row["edition"]) == (*name, newest)
        if not is_next or row["metric"] != "bits" or row["dimension"] != "network_type":
            continue
        kind = row["member"]
        of_kind = [key for key in moved if kind in then[key] | now[key]]
        if row["reclassification_effect"] is None or any(len(then[key]) > 1 or len(now[key]) > 1 for key in of_kind):
            continue
        came = [(NETWORKS, name[0], kind, key) for key in of_kind if kind in now[key]]
        went = [(NETWORKS, name[0], *now[key], key) for key in of_kind if kind in then[key]]
        system.equal(came, went, Fraction(row["reclassification_effect"]), is_rounded=True)


def _types_of(bits: dict[Key, Fraction]) -> dict[Hashable, set[Hashable]]:
    found: dict[Hashable, set[Hashable]] = defaultdict(set)
    for _, kind, key in bits:
        found[key].add(kind)
    return found


def _part(older: Older, name: EditionOf, table: str, key: Key) -> Variable:
    """A part's bits then, which are those of today where nothing changed."""
    same = older.truth.bits(table, name[0])[key] == older.today.bits(table, name[0]).get(key)
    return (table, *key) if same else _then(name, table, *key)


def _then(name: EditionOf, table: str, *member: Hashable) -> Variable:
    return ("edition", *name, table, *member)


def editions_of(marts: Marts) -> Iterator[EditionOf]:
    """The older editions that a published file names."""
    for row in marts.rows["editions"]:
        if not row["is_newest"]:
            yield row["quarter"], row["edition"]
