"""Reviewed networks hold from and to days: which row is asked is told by the day of the registry."""

import csv
from datetime import date
from itertools import pairwise

import duckdb
import pytest

from tests.classification.conftest import PROJECT

KNOWN = [
    (1, "Old holder", "enterprise", None, date(2024, 1, 1)),
    (1, "New holder", "neocloud", date(2024, 1, 2), None),
    (2, "Always", "hosting", None, None),
]


@pytest.mark.parametrize(
    ("registry_of", "expected"),
    [
        (date(2024, 1, 1), [(1, "enterprise"), (2, "hosting")]),
        (date(2024, 1, 2), [(1, "neocloud"), (2, "hosting")]),
        (None, [(1, "neocloud"), (2, "hosting")]),
    ],
)
def test_the_holder_on_the_day_of_the_registry_counts(
    compiled: dict[str, str], registry_of: date | None, expected: list[tuple[int, str]]
) -> None:
    with duckdb.connect() as database:
        database.execute("attach ':memory:' as working; use working; create schema seeds; create schema staging")
        database.execute("create table staging.stg_registry__networks as select ?::date as as_of", [registry_of])
        database.execute(
            "create table seeds.known_networks (asn bigint, organisation varchar, network_type varchar, "
            "valid_from date, valid_to date, name_in_registry varchar, secondary_type varchar, evidence varchar)"
        )
        database.executemany(
            "insert into seeds.known_networks (asn, organisation, network_type, valid_from, valid_to) "
            "values (?, ?, ?, ?, ?)",
            [list(row) for row in KNOWN],
        )
        found = database.execute(compiled["int_networks__known"]).fetchall()
    assert sorted((row[0], row[3]) for row in found) == expected


def test_no_two_rows_of_the_seed_hold_one_as_on_the_same_day() -> None:
    with (PROJECT / "dbt_project" / "seeds" / "known_networks.csv").open(encoding="utf-8", newline="") as content:
        rows = list(csv.DictReader(content))
    spans = sorted(
        (int(row["asn"]), row["valid_from"] or "0001-01-01", row["valid_to"] or "9999-12-31") for row in rows
    )
    assert all(first <= last for _, first, last in spans)
    assert [one for one, following in pairwise(spans) if one[0] == following[0] and one[2] >= following[1]] == []
