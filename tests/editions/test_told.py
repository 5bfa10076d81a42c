"""An older edition tells nothing that the marts of today withhold: each gate is seen to shut."""

from fractions import Fraction

from assets.warehouse.editions.figures import Cell
from assets.warehouse.editions.told import told
from tests.editions.world import figures

NETWORKS = {("as:1", "hosting"): 60, ("as:2", "neocloud"): 20, ("as:3", "cdn"): 20}


def hidden(cells: dict[Cell, int | float | None]) -> set[tuple[str, str]]:
    return {cell[1:] for cell, value in cells.items() if value is None}


def test_where_nothing_is_withheld_all_is_told() -> None:
    assert hidden(told(figures(NETWORKS), figures({**NETWORKS, ("as:3", "cdn"): 30}))) == set()


def test_a_type_that_is_withheld_today_is_not_told_and_neither_is_what_parts_it() -> None:
    """The older edition tells hosting's 60 alone, today's tell 80 of hosting and neocloud together."""
    today = figures(NETWORKS, withheld=["hosting", "neocloud"])
    assert hidden(told(figures(NETWORKS), today)) == {
        ("network_type", "cdn"),
        ("network_type", "hosting"),
        ("network_type", "neocloud"),
        ("network_type", "withheld"),
        ("share_group", "other_clouds"),
    }


def test_another_pair_withheld_before_would_part_the_pair_of_today() -> None:
    """Before, hosting was told beside neocloud + cdn; today cdn beside hosting + neocloud: each follows."""
    before, today = figures(NETWORKS, withheld=["cdn", "neocloud"]), figures(NETWORKS, withheld=["hosting", "neocloud"])
    assert {cell for cell, value in told(before, today).items() if value is not None} == {("bits", "total", "all")}


def test_the_move_of_a_withheld_network_is_the_difference_of_two_types() -> None:
    """as:9 with 3 bits moved from hosting to neocloud; cdn and the group that holds both say nothing of it."""
    before = figures({**NETWORKS, ("as:9", "hosting"): None}, small={"hosting": 3})
    today = figures({**NETWORKS, ("as:9", "neocloud"): None}, small={"neocloud": 3})
    assert hidden(told(before, today)) == {("network_type", "hosting"), ("network_type", "neocloud")}
    half = {"half": ("neocloud",), "other_clouds": ("hosting", "neocloud")}
    before, today = (
        figures({**NETWORKS, ("as:9", kind): None}, small={kind: 3}, groups=half) for kind in ("hosting", "neocloud")
    )
    assert ("share_group", "half") in hidden(told(before, today))


def test_a_quarter_that_the_marts_do_not_hold_any_more_tells_nothing() -> None:
    assert set(told(figures(NETWORKS), None).values()) == {None}


def test_no_sum_of_what_is_told_gives_the_withheld_move_away() -> None:
    """Shares times the total, and the total without the types that are told, leave both types together alone."""
    before = figures({**NETWORKS, ("as:9", "hosting"): None}, small={"hosting": 3})
    today = figures({**NETWORKS, ("as:9", "neocloud"): None}, small={"neocloud": 3})
    cells = told(before, today)
    total = cells["bits", "total", "all"]
    named = [value for cell, value in cells.items() if cell[:2] == ("bits", "network_type") and value is not None]
    assert Fraction(total or 0) - sum(named) == 83
    assert cells["share_of_bits", "network_type", "hosting"] is None


def test_a_withheld_network_that_comes_out_of_a_withheld_type_is_not_told_by_where_it_went() -> None:
    """Networks of hosting and cdn are not listed, so that as:9 is new in neocloud, and the sum of both lacks 3 bits."""
    untold = ["cdn", "hosting"]
    before = figures({("as:2", "neocloud"): 20, ("as:4", "isp"): 9}, small={"cdn": 20, "hosting": 63}, withheld=untold)
    after = {("as:2", "neocloud"): 20, ("as:4", "isp"): 9, ("as:9", "neocloud"): None}
    today = figures(after, small={"cdn": 20, "hosting": 60, "neocloud": 3}, withheld=untold)
    assert hidden(told(before, today)) == {
        ("network_type", "cdn"),
        ("network_type", "hosting"),
        ("network_type", "neocloud"),
        ("network_type", "withheld"),
        ("share_group", "other_clouds"),
    }
