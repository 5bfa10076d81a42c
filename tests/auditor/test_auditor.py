"""The auditor finds what is there to be found, and nothing else."""

from fractions import Fraction
from typing import Any

import pytest

from tests.auditor.audit import Leak, leaks
from tests.auditor.marts_read import OTHERS, TABLES, Marts, Older
from tests.auditor.system import System, bounds, determined

A, B, C, D = (("cell", name) for name in "abcd")


def solved(system: System) -> tuple[set[Any], dict[Any, tuple[float, float]]]:
    found: set[Any] = set()
    between: dict[Any, tuple[float, float]] = {}
    for component in system.components():
        found |= determined(component)
        between |= {cell: (float(low), float(high)) for cell, (low, high) in bounds(component, (A, B, C, D)).items()}
    return found, between


def test_what_one_total_leaves_is_determined() -> None:
    system = System()
    system.equal([A, B], amount=10)
    assert solved(system)[0] == set()
    system.tell(A, 3)
    assert solved(system)[0] == {B}


def test_two_totals_of_three_cells_determine_none_and_three_all() -> None:
    system = System()
    system.equal([A, B], amount=10)
    system.equal([B, C], amount=11)
    assert solved(system)[0] == set()
    system.equal([C, A], amount=5)
    assert solved(system)[0] == {A, B, C}


def test_a_square_with_its_margins_is_bounded_by_the_smallest() -> None:
    """Of rows of 100 and 4 and columns of 90 and 14, the first cell has 86 to 90."""
    system = System()
    for cells, amount in (([A, B], 100), ([C, D], 4), ([A, C], 90), ([B, D], 14)):
        system.equal(cells, amount=amount)
    found, between = solved(system)
    assert found == set()
    assert between == {
        A: pytest.approx((86, 90)),
        B: pytest.approx((10, 14)),
        C: pytest.approx((0, 4)),
        D: pytest.approx((0, 4)),
    }


def test_a_part_bounds_its_whole_and_large_numbers_stay_exact() -> None:
    system = System()
    system.equal([A, B], amount=10**30 + 1)
    system.at_most([C], [A])
    system.tell(C, 10**30)
    assert solved(system)[1][A][0] == pytest.approx(1e30)
    system.tell(B, Fraction(1))
    assert (A, B) not in solved(system)[0]
    assert A in solved(system)[0]


def test_relations_that_contradict_are_told() -> None:
    system = System()
    system.equal([A, B], amount=5)
    system.at_most([], [A], amount=-9)
    with pytest.raises(AssertionError, match="contradict"):
        solved(system)


def marts(**rows: list[dict[str, Any]]) -> Marts:
    return Marts({name: rows.get(name, []) for name in (*TABLES, *OTHERS)})


def types(**bits: int | None) -> list[dict[str, Any]]:
    return [
        {"quarter": "2025Q4", "network_type": kind, "bits": amount, "share_of_bits": amount and amount / 1000}
        for kind, amount in bits.items()
    ]


def test_a_type_that_shares_leave_over_is_found() -> None:
    truth = marts(network_type_quarterly=types(cdn=700, hosting=200, neocloud=100))
    published = marts(network_type_quarterly=types(cdn=700, hosting=200, neocloud=None))
    cell = ("network_type_quarterly", "2025Q4", "neocloud")
    assert Leak(cell, "determined") in leaks(published, truth)


def test_types_that_are_told_together_are_not_found() -> None:
    truth = marts(network_type_quarterly=types(cdn=700, hosting=200, neocloud=100))
    rows = types(cdn=700, hosting=None, neocloud=None, withheld=300)
    assert leaks(marts(network_type_quarterly=rows), truth) == []


def test_months_give_a_quarter_away_that_is_withheld() -> None:
    months = [
        {"quarter": "2025Q4", "network_type": kind, "month": month, "bits": bits}
        for kind, month, bits in (("cdn", 10, 800), ("hosting", 10, 150), ("hosting", 11, 50))
    ]
    truth = marts(network_type_quarterly=types(cdn=800, hosting=200))
    published = marts(network_type_quarterly=types(cdn=800, hosting=None), network_type_monthly=months)
    assert {one.cell[2] for one in leaks(published, truth)} == {"hosting"}


def test_a_difference_and_one_value_give_the_other() -> None:
    before = {**types(hosting=180)[0], "quarter": "2025Q3"}
    now = types(hosting=None)
    row = {"metric": "bits", "dimension": "network_type", "member": "hosting", "quarter": "2025Q4",
           "previous_quarter": "2025Q3", "difference": 20}  # fmt: skip
    published = marts(network_type_quarterly=[before, *now], quarter_over_quarter=[row])
    assert leaks(published, marts(network_type_quarterly=[before, *types(hosting=200)]))[0].how == "determined"


def restated(then: dict[str, int], now: dict[str, int], told: dict[str, int | None]) -> list[Leak]:
    """What follows of two editions of networks by type (`kind/network`), of which the older tells these types."""

    def of(networks: dict[str, int]) -> Marts:
        pairs = [(*name.split("/"), bits) for name, bits in networks.items()]
        rows = [
            {"quarter": "2025Q4", "network_type": kind, "network_key": key, "bits": bits} for kind, key, bits in pairs
        ]
        sums = {kind: sum(row["bits"] for row in rows if row["network_type"] == kind) for kind in told}
        return marts(network_quarterly=rows, network_type_quarterly=types(**sums))

    values = [
        {"quarter": "2025Q4", "edition": 1, "metric": "bits", "dimension": "network_type", "member": kind,
         "value": bits, "state": "told" if bits else "withheld"}
        for kind, bits in told.items()
    ]  # fmt: skip
    today = of(now)
    small = [{**row, "bits": None} for row in today.rows["network_quarterly"]]
    rows = {**today.rows, "network_quarterly": small, "edition_values": values, "restatements": [],
            "editions": [{"quarter": "2025Q4", "edition": 1, "is_newest": False},
                         {"quarter": "2025Q4", "edition": 2, "is_newest": True}]}  # fmt: skip
    return leaks(Marts(rows, older={("2025Q4", 1): Older(of(then), of(then), today)}), today)


def test_a_network_that_moved_is_the_difference_of_a_type_in_two_editions() -> None:
    """as:9 with 3 bits, which is withheld, left hosting: 63 then and 60 now tell it, and 60 now alone does not."""
    then, now = (
        {"hosting/as:1": 60, "hosting/as:9": 3, "cdn/as:2": 9},
        {"hosting/as:1": 60, "cdn/as:2": 9, "cdn/as:9": 3},
    )
    assert any("as:9" in one.cell for one in restated(then, now, {"hosting": 63, "cdn": 9}))
    assert not any("as:9" in one.cell for one in restated(then, now, {"hosting": None, "cdn": None}))
