"""The auditor finds what a file gives away, by each of its rules, and nothing else."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from tests.auditor.audit import Leak, leaks
from tests.auditor.marts_read import OTHERS, TABLES, Marts, Older
from tests.auditor.relations import side
from tests.auditor.system import Variable

LEFT_IN_NOVEMBER = side("left", "2025Q4", ("network_type_monthly", "2025Q4", "hosting", date(2025, 11, 1)))
LATE = ("late", "2025Q4", 1, "hosting")


def cells(found: list[Leak]) -> set[Variable]:
    return {one.cell for one in found}


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

    today = of(now)
    small = [{**row, "bits": None} for row in today.rows["network_quarterly"]]
    published = Marts({**today.rows, "network_quarterly": small})
    return leaks(of_two_editions(published, Older(of(then), of(then), today), told), today)


def of_two_editions(published: Marts, older: Older, told: dict[str, int | None]) -> Marts:
    """A file with an older edition of the quarter, which tells these types and withholds those without bits."""
    values = [
        {"quarter": "2025Q4", "edition": 1, "metric": "bits", "dimension": "network_type", "member": kind,
         "value": bits, "state": "told" if bits else "withheld"}
        for kind, bits in told.items()
    ]  # fmt: skip
    editions = [{"quarter": "2025Q4", "edition": number, "is_newest": number == 2} for number in (1, 2)]
    rows = {**published.rows, "edition_values": values, "restatements": [], "editions": editions}
    return Marts(rows, older={("2025Q4", 1): older})


def test_a_network_that_moved_is_the_difference_of_a_type_in_two_editions() -> None:
    """as:9 with 3 bits, which is withheld, left hosting: 63 then and 60 now tell it, and 60 now alone does not."""
    then, now = (
        {"hosting/as:1": 60, "hosting/as:9": 3, "cdn/as:2": 9},
        {"hosting/as:1": 60, "cdn/as:2": 9, "cdn/as:9": 3},
    )
    assert any("as:9" in one.cell for one in restated(then, now, {"hosting": 63, "cdn": 9}))
    assert not any("as:9" in one.cell for one in restated(then, now, {"hosting": None, "cdn": None}))


def came_late(*told_today: str) -> set[Variable]:
    """What follows of 7 bits of hosting, of too few addresses, that came late by a router of the east and in November.

    The edition before told 53 of hosting, and today's marts 60; of its regions, months and networks they tell these.
    """
    parts = {
        "region_network_type_quarterly": ("region", {"west": 53, "east": 7}),
        "network_type_monthly": ("month", {"october": 53, "november": 7}),
        "network_quarterly": ("network_key", {"as:1": 53, "as:9": 7}),
    }

    def of(bits_of_hosting: int, tables: Iterable[str] = parts, names: int = 2) -> Marts:
        cell = {"quarter": "2025Q4", "network_type": "hosting"}
        rows = {
            table: [
                {**cell, column: name, "bits": bits if table in tables else None}
                for name, bits in list(amounts.items())[:names]
            ]
            for table, (column, amounts) in parts.items()
        }
        return marts(network_type_quarterly=[{**cell, "bits": bits_of_hosting}], **rows)

    then, today = of(53, names=1), of(60)
    older = Older(then, then, today, few_late={"hosting": Fraction(7)}, is_late=True)
    return cells(leaks(of_two_editions(of(60, told_today), older, {"hosting": 53}), today))


def test_what_came_late_is_the_difference_of_two_editions_unless_todays_marts_tell_it_anyway() -> None:
    assert LATE in came_late()
    assert LATE not in came_late("region_network_type_quarterly")


def test_what_the_marts_tell_by_themselves_is_a_leak_whatever_editions_say() -> None:
    """60 of hosting and 57 of as:1 leave 3 for as:9, which had no bits when the edition before was made."""

    def of(**networks: int | None) -> Marts:
        rows = [
            {"quarter": "2025Q4", "network_type": "hosting", "network_key": key, "bits": bits}
            for key, bits in networks.items()
        ]
        whole = {"quarter": "2025Q4", "network_type": "hosting", "bits": 60 if "as9" in networks else 57}
        return marts(network_type_quarterly=[whole], network_quarterly=rows)

    then, today = of(as1=57), of(as1=57, as9=3)
    published = of_two_editions(of(as1=57, as9=None), Older(then, then, today), {"hosting": None})
    assert cells(leaks(published, today)) == {("network_quarterly", "2025Q4", "hosting", "as9")}


def concentrated(region: str, networks: int | None, *, is_told: bool = False) -> list[Leak]:
    """What follows of measures in a region, of hosting; of its two networks in the west the small one is withheld."""
    rows = [
        {"quarter": "2025Q4", "network_type": "hosting", "network_key": key, "bits": bits}
        for key, bits in (("as:1", 90), ("as:9", 10))
    ]
    truth = marts(network_quarterly=rows)
    truth.networks_by_region.update({("2025Q4", "hosting", "west", "as:1"), ("2025Q4", "hosting", "west", "as:9")})
    measures = {"quarter": "2025Q4", "network_type": "hosting", "region": region, "networks": networks}
    told = rows if is_told else [rows[0], {**rows[1], "bits": None}]
    return leaks(marts(network_quarterly=told, concentration_quarterly=[measures]), truth)


@pytest.mark.parametrize(("region", "networks"), [("west", 2), ("west", 5), ("withheld", 2)])
def test_measures_of_few_networks_tell_a_withheld_one_in_its_region(region: str, networks: int) -> None:
    """Where the region is withheld, its measures stand in the one that is named so."""
    cell = ("concentration_quarterly", "2025Q4", "hosting", region)
    assert concentrated(region, networks) == [Leak(cell, f"measures of {networks} networks")]


@pytest.mark.parametrize(("region", "networks"), [("west", 6), ("west", None), ("east", 2)])
def test_measures_of_many_networks_or_of_another_region_tell_none(region: str, networks: int | None) -> None:
    assert concentrated(region, networks) == []


def test_measures_of_networks_that_are_told_give_nothing_away() -> None:
    assert concentrated("west", 2, is_told=True) == []


def left_over(october_bits: int) -> set[Variable]:
    """What follows of the bits of too few addresses that hosting had in November on days without a day in Q3.

    October and November have 100 and 50 bits; 13 addresses with 10 bits each, of days with a day in Q3, leave 20 bits,
    of which October has these, on days that are not covered.
    """
    october, november = date(2025, 10, 1), date(2025, 11, 1)
    months = [
        {"quarter": "2025Q4", "network_type": "hosting", "month": month, "bits": bits}
        for month, bits in ((october, 100), (november, 50))
    ]
    matched = [
        {"quarter": "2025Q4", "previous_quarter": "2025Q3", "dimension": "network_type", "member": "hosting",
         "metric": f"{metric}_matched_days", "value": value, "previous_value": None}
        for metric, value in (("unique_ips", 13), ("magnitude", 10))
    ]  # fmt: skip
    # The first day of both quarters is covered, and a day of November.
    days = [{"export_on": day, "bins_present": 1} for day in (date(2025, 7, 1), october, november)]
    whole = [{"quarter": "2025Q4", "network_type": "hosting", "bits": 150}]
    rows = {"network_type_quarterly": whole, "network_type_monthly": months}
    truth = marts(**rows)
    truth.small_parts[LEFT_IN_NOVEMBER] = Fraction(20 - october_bits)
    if october_bits:
        truth.left_months.add(("2025Q4", "2025Q4", october))
    return cells(leaks(marts(**rows, quarter_over_quarter=matched, coverage_daily=days), truth))


def test_days_without_a_day_in_the_other_quarter_are_told_if_all_others_have_one() -> None:
    assert left_over(0) == {LEFT_IN_NOVEMBER}


def test_a_month_that_had_traffic_on_days_that_were_not_covered_leaves_the_rest_open() -> None:
    """Who thinks that it had none errs, and knows nothing by it."""
    assert left_over(5) == set()
