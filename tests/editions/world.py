"""Figures of a quarter written by hand: types made of networks, and share groups made of types."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

import duckdb

from assets.warehouse.editions.figures import Cell, Figures, Value
from assets.warehouse.editions.kept import Edition

QUARTER = "2025Q4"
GROUPS = {"other_clouds": ("hosting", "neocloud")}
MARTS = """
create schema if not exists marts;
create or replace table marts.network_type_quarterly
    (quarter varchar, network_type varchar, bits decimal(38,0), share_of_bits double, unique_ips bigint,
    magnitude double);
create or replace table marts.share_group_quarterly
    (quarter varchar, share_group varchar, direction varchar, bits decimal(38,0), share_of_bits double);
create or replace table marts.network_quarterly
    (quarter varchar, network_key varchar, network_type varchar, bits decimal(38,0));
create or replace table marts.share_groups
    (share_group varchar, network_type varchar, valid_from date, valid_to date);
create or replace table marts.coverage_quarterly
    (quarter varchar, quarter_ended_on date, days_present integer, bins_present bigint, files_pulled bigint,
    records_received bigint);
create or replace table marts.network_type_monthly (quarter varchar, network_type varchar, bits decimal(38,0));
create or replace table marts.region_network_type_quarterly
    (quarter varchar, network_type varchar, bits decimal(38,0));
create or replace table marts.data_sources (source varchar, as_of date);
insert into marts.data_sources values ('iptoasn', date '2025-12-30');
"""
Networks = Mapping[tuple[str, str], int | None]


def figures(
    networks: Networks,
    *,
    groups: Mapping[str, tuple[str, ...]] | None = None,
    bins: int = 100,
    small: Mapping[str, int] | None = None,
    withheld: Iterable[str] = (),
) -> Figures:
    """The figures of networks by (key, type) with their bits; None is a withheld one, `small` its type's sum of those.

    Every type has ten addresses. Types that are withheld are told together, and groups with one of them are not told.
    """
    groups, withheld = groups or GROUPS, set(withheld)
    types = {kind: (small or {}).get(kind, 0) for kind in sorted({kind for _, kind in networks} | set(small or {}))}
    for (_, kind), bits in networks.items():
        types[kind] += bits or 0
    whole = sum(types.values())
    if withheld:
        types["withheld"] = sum(types[kind] for kind in withheld)
    values: dict[Cell, Value] = {("bits", "total", "all"): whole}
    for kind, bits in types.items():
        told = {"bits": bits, "share_of_bits": bits / whole, "unique_ips": 10, "magnitude": bits / 10}
        values |= {(metric, "network_type", kind): None if kind in withheld else told[metric] for metric in told}
    for group, members in groups.items():
        bits = sum(types.get(kind, 0) for kind in members)
        is_told = not withheld & set(members)
        values["bits", "share_group", group] = bits if is_told else None
        values["share_of_bits", "share_group", group] = bits / whole if is_told else None
    by_key: dict[str, dict[str, int | None]] = {}
    for (key, kind), told_bits in networks.items():
        by_key.setdefault(key, {})[kind] = told_bits
    return Figures(values, by_key, groups, bins)


def edition(number: int, told: Figures, **others: object) -> Edition:
    """An edition of the quarter, made on the day of January that is its number."""
    made = {"quarter": QUARTER, "number": number, "published_on": date(2026, 1, number), "is_running": False}
    return Edition(**{**made, "figures": told, **others})  # type: ignore[arg-type]


def write_published(path: Path, told: Figures, *, records: int = 1_000) -> Path:
    """A published database whose marts tell these figures."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(path) as database:
        database.execute(MARTS)
        database.execute(
            "insert into marts.coverage_quarterly values (?, date '2025-12-31', 90, ?, 4, ?)",
            [QUARTER, told.covered_bins, records],
        )
        metrics = ("bits", "share_of_bits", "unique_ips", "magnitude")
        for member in sorted({cell[2] for cell in told.values if cell[1] == "network_type"}):
            row = [told.values["" + metric, "network_type", member] for metric in metrics]
            database.execute(
                "insert into marts.network_type_quarterly values (?, ?, ?, ?, ?, ?)", [QUARTER, member, *row]
            )
            database.execute("insert into marts.network_type_monthly values (?, ?, ?)", [QUARTER, member, row[0]])
        for group, types in told.groups.items():
            row = [told.values[metric, "share_group", group] for metric in metrics[:2]]
            database.execute(
                "insert into marts.share_group_quarterly values (?, ?, 'both', ?, ?)", [QUARTER, group, *row]
            )
            for kind in types:
                database.execute("insert into marts.share_groups values (?, ?, null, null)", [group, kind])
        for key, bits in told.networks.items():
            for kind, amount in bits.items():
                database.execute(
                    "insert into marts.network_quarterly values (?, ?, ?, ?)", [QUARTER, key, kind, amount]
                )
    return path
