"""What a published file says of amounts that belong together: margins, shares, both quarters, parts and wholes.

Belongs here: each mart's relations to the others. Does not belong here: solving them (system), or judging what
follows (audit).
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Literal

from tests.auditor.editions_read import relate_editions
from tests.auditor.marts_read import TABLES, WITHHELD, Key, Marts, Row, bits_of
from tests.auditor.system import System, Variable

SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
BIN_SECONDS = 300
# Marts whose cells leave out what is withheld of them.
LABELLED = ("share_group_quarterly", "cross_cloud_quarterly", "metro_quarterly", "country_quarterly")
# A table whose cells are divided further by another: the whole's columns are some of the part's.
DIVIDED = [
    ("network_type_quarterly", "network_type_monthly"),
    ("network_type_monthly", "ip_version_monthly"),
    ("network_type_quarterly", "region_network_type_quarterly"),
    ("region_network_type_quarterly", "traffic_flow_quarterly"),
    ("traffic_flow_quarterly", "connectivity_quarterly"),
    ("network_type_quarterly", "network_quarterly"),
    ("network_type_quarterly", "flow_size_quarterly"),
]
SHARE_OF = {
    "network_type_quarterly": ("quarter",),
    "network_type_monthly": ("month",),
    "ip_version_monthly": ("month",),
    "region_network_type_quarterly": ("quarter",),
    "traffic_flow_quarterly": ("quarter", "direction"),
    "connectivity_quarterly": ("quarter", "direction"),
    "network_quarterly": ("quarter",),
    "country_quarterly": ("quarter",),
    "sampling_quarterly": ("quarter",),
    "metro_quarterly": ("quarter",),
    "metro_network_type_quarterly": ("quarter",),
    "cross_cloud_quarterly": ("quarter",),
    "share_group_quarterly": ("quarter", "direction"),
    "flow_size_quarterly": ("quarter", "network_type"),
}


def variable(table: str, key: Iterable[Hashable]) -> Variable:
    """The bits of a cell by its own names; magnitudes are of the bits of network types."""
    return (table.replace("magnitude_", "network_type_"), *key)


def total(quarter: Hashable) -> Variable:
    return ("total", quarter)


def whole(columns: tuple[str, ...], row: Row) -> Variable:
    return total(row["quarter"]) if columns == ("quarter",) else ("whole", *(row[column] for column in columns))


def relations_of(marts: Marts, *, editions: Literal["told", "silent", "none"] = "told") -> System:
    """All that is known of all cells; of older editions without what their own tables tell, or nothing."""
    system = System()
    for say in (
        _told, _divided, _of_totals, _shares, _groups, _metrics, _pairs, _matched_days, _changes, _networks, _parts,
        _rates,
    ):  # fmt: skip
        say(system, marts)
    if editions != "none":
        relate_editions(system, marts, groups_of_types(), are_told=editions == "told")
    return system


def groups_of_types() -> dict[str, set[str]]:
    with (SEEDS / "share_groups.csv").open(encoding="utf-8") as file:
        found: dict[str, set[str]] = defaultdict(set)
        for row in csv.DictReader(file):
            found[row["share_group"]].add(row["network_type"])
    return found


def _told(system: System, marts: Marts) -> None:
    for table in TABLES:
        amounts = {key: bits for key, row in marts.cells(table) if (bits := bits_of(row)) is not None}
        if table in LABELLED:
            for key, bits in amounts.items():
                system.tell(variable(table, key), bits)
            continue
        for block, held in marts.names(table).items():
            if block not in amounts:
                continue
            if held == [block]:
                system.tell(variable(table, block), amounts[block])
            else:
                system.equal([variable(table, key) for key in held], amount=amounts[block])


def _named(marts: Marts, table: str) -> list[Key]:
    return marts.named(table)


def _divided(system: System, marts: Marts) -> None:
    for table, finer in DIVIDED:
        places = [TABLES[finer].index(column) for column in TABLES[table]]
        parts: dict[Key, list[Variable]] = defaultdict(list)
        for key in _named(marts, finer):
            parts[tuple(key[place] for place in places)].append(variable(finer, key))
        for key, of_key in parts.items():
            system.equal(of_key, [variable(table, key)])


def _of_totals(system: System, marts: Marts) -> None:
    for table in ("network_type_quarterly", "sampling_quarterly"):
        _add_up(system, marts, table, lambda key: total(key[0]))
    _add_up(system, marts, "network_type_monthly", lambda key: ("whole", key[2]))
    _add_up(system, marts, "traffic_flow_quarterly", lambda key: ("whole", key[0], key[2]))
    # The withheld part of a region counts in no named one: it is a region of its own.
    held: dict[Variable, list[Variable]] = defaultdict(list)
    for block, row in marts.cells("region_network_type_quarterly"):
        if bits_of(row) is not None:
            keys = marts.names("region_network_type_quarterly")[block]
            held["region", block[0], block[2]] += [variable("region_network_type_quarterly", key) for key in keys]
    for region, parts in held.items():
        system.equal(parts, [region])
    _metros(system, marts)
    _types_of_metros(system, marts)


def _metros(system: System, marts: Marts) -> None:
    """Of a metro that is withheld, the part in types that are told in its region is in the region's withheld metro."""
    parts: dict[Variable, list[Variable]] = defaultdict(list)
    untold: dict[Variable, list[Key]] = defaultdict(list)
    for key, row in marts.cells("metro_quarterly"):
        region = ("region", *key[:2])
        if bits_of(row) is not None:
            parts[region].append(variable("metro_quarterly", key))
        else:
            untold[region].append(key)
    for region, of_region in parts.items():
        system.equal(of_region, [region])
        block = ("metro_quarterly", *region[1:], WITHHELD, WITHHELD)
        if block in of_region and WITHHELD not in region:
            system.equal([("part", *key) for key in untold[region]], [block])
            for key in untold[region]:
                system.at_most([("part", *key)], [variable("metro_quarterly", key)])


def _types_of_metros(system: System, marts: Marts) -> None:
    """Of a region that is told by metro and type, each type is the sum of its metros."""
    table, whole_table = "metro_network_type_quarterly", "region_network_type_quarterly"
    names = marts.names(table)
    parts: dict[Key, list[Variable]] = defaultdict(list)
    for block, row in marts.cells(table):
        if bits_of(row) is not None and block[2] != WITHHELD:
            for key in names[block]:
                parts[key[:3]].append(variable(table, key))
    for key, of_key in parts.items():
        system.equal(of_key, [variable(whole_table, key)])


def _add_up(system: System, marts: Marts, table: str, of: Callable[[Key], Variable]) -> None:
    parts: dict[Variable, list[Variable]] = defaultdict(list)
    for key in _named(marts, table):
        parts[of(key)].append(variable(table, key))
    for summed, of_sum in parts.items():
        system.equal(of_sum, [summed])


def _shares(system: System, marts: Marts) -> None:
    """A share beside bits tells the whole; without them, the share of a whole that is told elsewhere the bits."""
    wholes: dict[Variable, Fraction] = {}
    for table, columns in SHARE_OF.items():
        for _, row in marts.cells(table):
            bits, share = bits_of(row), row.get("share_of_bits")
            if bits and share:
                of = whole(columns, row)
                if row.get("direction") == "both":
                    of = total(row["quarter"])
                if table != "flow_size_quarterly":
                    wholes[of] = Fraction(round(bits / Fraction(share)))
    for of, amount in wholes.items():
        system.equal([of], amount=amount, is_rounded=True)
    for table, columns in SHARE_OF.items():
        for key, row in marts.cells(table):
            if row.get("share_of_bits") is not None and bits_of(row) is None and whole(columns, row) in wholes:
                amount = Fraction(row["share_of_bits"]) * wholes[whole(columns, row)]
                system.equal([variable(table, key)], amount=amount, is_rounded=True)


def _groups(system: System, marts: Marts) -> None:
    flows = _named(marts, "traffic_flow_quarterly")
    types = _named(marts, "network_type_quarterly")
    for group, members in groups_of_types().items():
        for quarter in {key[0] for key in types}:
            in_quarter = [key for key in types if key[0] == quarter and key[1] in members]
            group_of = variable("share_group_quarterly", (quarter, group, "both"))
            system.equal([variable("network_type_quarterly", key) for key in in_quarter], [group_of])
            for way in ("ingress", "egress"):
                parts = [
                    variable("traffic_flow_quarterly", key)
                    for key in flows
                    if key[0] == quarter and key[1] in members and key[2] == way
                ]
                if parts:
                    system.equal(parts, [variable("share_group_quarterly", (quarter, group, way))])


def member_of(marts: Marts, quarter: Hashable, dimension: str, member: str) -> list[Variable]:
    """The cells that add up to a member of a comparison."""
    if dimension == "total":
        return [total(quarter)]
    if dimension == "network_type":
        return [variable("network_type_quarterly", (quarter, member))]
    if dimension == "share_group":
        return [variable("share_group_quarterly", (quarter, member, "both"))]
    cells = [key for key in _named(marts, "region_network_type_quarterly") if key[0] == quarter]
    region, _, kind = member.partition("/")
    wanted = [key for key in cells if key[2] == region and (not kind or key[1] == kind)]
    return [variable("region_network_type_quarterly", key) for key in wanted]


def _metrics(system: System, marts: Marts) -> None:
    days = {row["quarter"]: row["days_present"] for row in marts.rows["coverage_quarterly"]}
    cells: dict[Key, Row] = defaultdict(dict)
    for row in marts.rows["quarter_metrics"]:
        cells[row["quarter"], row["dimension"], row["member"]][row["metric"]] = row["value"]
    for (quarter, dimension, member), told in cells.items():
        parts = member_of(marts, quarter, str(dimension), str(member))
        amount = bits_of({**told, "unique_ips": told.get("unique_ips")})
        if amount is not None:
            system.equal(parts, amount=amount, is_rounded=True)
        if told.get("bits_daily_average") is not None:
            least = Fraction(told["bits_daily_average"]) * (days.get(quarter) or 0)
            system.at_most([], parts, -least * (1 - Fraction(1, 10**12)))


def _pairs(system: System, marts: Marts) -> None:
    tables = ("quarter_over_quarter", "quarter_bridge", "quarter_variability")
    for row in (row for table in tables for row in marts.rows[table] if row["metric"] == "bits"):
        now = member_of(marts, row["quarter"], row["dimension"], row["member"])
        before = member_of(marts, row["previous_quarter"], row["dimension"], row["member"])
        for parts, column in ((now, "value"), (before, "previous_value")):
            if row.get(column) is not None:
                system.equal(parts, amount=Fraction(row[column]), is_rounded=True)
        if row.get("difference") is not None:
            system.equal(now, before, Fraction(row["difference"]), is_rounded=True)
        restated = ("restated", row["quarter"], row["dimension"], row["member"])
        if row.get("previous_value_restated") is not None:
            system.equal([restated], amount=Fraction(row["previous_value_restated"]), is_rounded=True)
        if row.get("difference_restated") is not None:
            system.equal(now, [restated], Fraction(row["difference_restated"]), is_rounded=True)


def _matched_days(system: System, marts: Marts) -> None:
    """Bits of the days that both quarters cover, and of those that are left, add up to what is told of the quarter."""
    told: dict[tuple[Hashable, Hashable], dict[tuple[str, str], Row]] = defaultdict(lambda: defaultdict(dict))
    for row in marts.rows["quarter_over_quarter"]:
        metric, is_matched, _ = row["metric"].partition("_matched_days")
        if is_matched:
            for quarter, column in ((row["quarter"], "value"), (row["previous_quarter"], "previous_value")):
                told[row["quarter"], quarter][row["dimension"], row["member"]][metric] = row[column]
    for (pair, quarter), members in told.items():
        _sides(system, marts, pair, quarter)
        for (dimension, member), row in members.items():
            amount = Fraction() if row.get("unique_ips") == 0 else bits_of(row)
            if amount is not None:
                cells = _types_or_regions(marts, quarter, dimension, member)
                system.equal([side("matched", pair, cell) for cell in cells], amount=amount, is_rounded=True)


def _types_or_regions(marts: Marts, quarter: Hashable, dimension: str, member: str) -> list[Variable]:
    if dimension in ("region", "region_network_type"):
        return member_of(marts, quarter, dimension, member)
    types = [key for key in _named(marts, "network_type_quarterly") if key[0] == quarter]
    wanted = groups_of_types().get(member, set()) if dimension == "share_group" else {member}
    return [variable("network_type_quarterly", key) for key in types if dimension == "total" or key[1] in wanted]


def side(name: str, pair: Hashable, cell: Variable) -> Variable:
    """A cell's bits of the days that are `matched` in a pair of quarters, or that are `left`."""
    return (f"{name}_days", pair, *cell)


def _sides(system: System, marts: Marts, pair: Hashable, quarter: Hashable) -> None:
    """Of types by region and by month; a month of which every day with traffic is matched has nothing left."""
    types = "network_type_quarterly"
    for finer in ("region_network_type_quarterly", "network_type_monthly"):
        parts: dict[Variable, list[Variable]] = defaultdict(list)
        for key in _named(marts, finer):
            if key[0] == quarter:
                parts[variable(types, key[:2])].append(variable(finer, key))
        for cell, of_cell in parts.items():
            for name in ("matched", "left"):
                system.equal([side(name, pair, one) for one in of_cell], [side(name, pair, cell)])
            for one in (cell, *of_cell):
                system.equal([side("matched", pair, one), side("left", pair, one)], [one])
    for month in marts.matched_months(pair, quarter):
        if (pair, quarter, month) in marts.left_months:
            continue
        for key in _named(marts, "network_type_monthly"):
            if key[2] == month:
                system.tell(side("left", pair, variable("network_type_monthly", key)), 0)


def _changes(system: System, marts: Marts) -> None:
    """Networks that moved: parts of what they are now, and what the restated and reclassified values are made of."""
    moves = [
        ((row["quarter"], row["network_key"], row["previous_network_type"], row["network_type"]), row)
        for row in marts.rows["classification_changes"]
    ]
    nets = set(_named(marts, "network_quarterly"))
    for key, row in moves:
        quarter, network, _, now = key
        for name, column in (("moved", "bits"), ("moved_before", "previous_bits")):
            if row[column] is not None:
                system.tell((name, *key), Fraction(row[column]))
        if (quarter, now, network) in nets:
            system.at_most([("moved", *key)], [variable("network_quarterly", (quarter, now, network))])
    for row in marts.rows["quarter_bridge"]:
        if row["metric"] != "bits" or row["dimension"] not in ("network_type", "share_group"):
            continue
        types = groups_of_types().get(row["member"], set()) if row["dimension"] == "share_group" else {row["member"]}
        came = [key for key, _ in moves if key[0] == row["quarter"] and key[3] in types and key[2] not in types]
        went = [key for key, _ in moves if key[0] == row["quarter"] and key[2] in types and key[3] not in types]
        if row["reclassification_effect"] is not None:
            effect = Fraction(row["reclassification_effect"])
            system.equal([("moved", *key) for key in came], [("moved", *key) for key in went], effect)
        restated = ("restated", row["quarter"], row["dimension"], row["member"])
        before = member_of(marts, row["previous_quarter"], row["dimension"], row["member"])
        left = [("moved_before", *key) for key in went]
        system.equal([restated, *left], [*before, *(("moved_before", *key) for key in came)])


def _networks(system: System, marts: Marts) -> None:
    clouds = groups_of_types()["other_clouds"]
    of_key: dict[tuple[Hashable, Hashable], list[Variable]] = defaultdict(list)
    for quarter, kind, key in _named(marts, "network_quarterly"):
        is_of_list = str(key).startswith("cloud:")
        if kind in clouds or is_of_list:
            of_key[quarter, key].append(variable("network_quarterly", (quarter, kind, key)))
    for key, _ in marts.cells("cross_cloud_quarterly"):
        quarter, provider, region = key
        own = of_key.get((quarter, provider)) if region == "unknown" else None
        listed = of_key.get((quarter, f"cloud:{provider}/{region}"))
        if own or listed:
            system.equal(own or listed or [], [variable("cross_cloud_quarterly", key)])


def _parts(system: System, marts: Marts) -> None:
    """Elephants and workflows are parts of networks, and a part's share tells the whole of a direction."""
    nets = set(_named(marts, "network_quarterly"))
    cells = set(_named(marts, "region_network_type_quarterly"))
    sides: dict[Key, list[Row]] = defaultdict(list)
    for row in marts.rows["elephant_flows"]:
        if row["bits"] is not None and (key := (row["quarter"], row["network_type"], row["network_key"])) in nets:
            sides[key].append(row)
    for key, rows in sides.items():
        least = sum((Fraction(row["bits"]) / Fraction(row["share_of_bits"]) for row in rows), Fraction())
        system.at_most([], [variable("network_quarterly", key)], -least * (1 - Fraction(1, 10**9)))
    for row in marts.rows["ai_workflows"]:
        if row["bits"] is None:
            continue
        kind, bits = row["network_type"], Fraction(row["bits"])
        if (row["quarter"], kind, row["network_key"]) in nets:
            system.at_most([], [variable("network_quarterly", (row["quarter"], kind, row["network_key"]))], -bits)
        if (row["quarter"], kind, row["region"]) in cells:
            system.at_most(
                [], [variable("region_network_type_quarterly", (row["quarter"], kind, row["region"]))], -bits
            )
        month = row["began_at"].date().replace(day=1)
        if row["ended_at"].month == row["began_at"].month:
            monthly = variable("network_type_monthly", (row["quarter"], kind, month))
            system.at_most([], [monthly], -bits)


def _rates(system: System, marts: Marts) -> None:
    """Mean rates times the seconds that are covered: the bits in covered bins."""
    for table in TABLES:
        for key, row in marts.cells(table):
            if row.get("bits_per_second_average") is not None and bits_of(row) is None:
                seconds = row["covered_bins"] * BIN_SECONDS
                system.at_most([], [variable(table, key)], -Fraction(row["bits_per_second_average"]) * seconds)
    hours: dict[Key, Fraction] = defaultdict(Fraction)
    for row in marts.rows["rhythm_quarterly"]:
        key = (row["quarter"], row["network_type"], row["direction"], row["region"])
        if row["bits_per_second_average"] is not None:
            hours[key] += Fraction(row["bits_per_second_average"]) * row["covered_bins"] * BIN_SECONDS
    for key, bits in hours.items():
        if WITHHELD not in key:
            system.at_most([], [variable("traffic_flow_quarterly", key)], -bits * (1 - Fraction(1, 10**9)))
