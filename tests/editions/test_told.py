"""An older edition tells nothing that the marts of today withhold: each gate is seen to shut."""

from dataclasses import replace

from assets.warehouse.editions.figures import Cell, Figures
from assets.warehouse.editions.told import told
from tests.editions.world import figures

NETWORKS = {("as:1", "hosting"): 60, ("as:2", "neocloud"): 20, ("as:3", "cdn"): 20}
TOTAL, OTHER_CLOUDS = ("total", "all"), ("share_group", "other_clouds")
ALL = {("network_type", kind) for kind in ("cdn", "hosting", "neocloud")} | {TOTAL, OTHER_CLOUDS}


def hidden(cells: dict[Cell, int | float | None], metric: str = "bits") -> set[tuple[str, str]]:
    return {cell[1:] for cell, value in cells.items() if value is None and cell[0] == metric}


def type_of(kind: str) -> tuple[str, str]:
    return "network_type", kind


def test_where_nothing_is_withheld_all_is_told() -> None:
    cells = told(figures(NETWORKS), figures({**NETWORKS, ("as:3", "cdn"): 30}))
    assert (hidden(cells), hidden(cells, "share_of_bits")) == (set(), set())


def test_of_a_network_that_moved_and_is_told_all_is_told() -> None:
    moved = {("as:1", "neocloud"): 60, ("as:2", "neocloud"): 20, ("as:3", "cdn"): 20}
    assert hidden(told(figures(NETWORKS), figures(moved))) == set()


def test_a_type_that_is_withheld_today_is_not_told_and_neither_is_what_parts_it() -> None:
    """The older edition tells hosting's 60 alone, today's tell 80 of hosting and neocloud together."""
    today = figures(NETWORKS, withheld=["hosting", "neocloud"])
    assert hidden(told(figures(NETWORKS), today)) == ALL | {type_of("withheld")}


def test_another_pair_withheld_before_would_part_the_pair_of_today() -> None:
    """Before, hosting was told beside neocloud + cdn; today cdn beside hosting + neocloud: each follows."""
    before, today = figures(NETWORKS, withheld=["cdn", "neocloud"]), figures(NETWORKS, withheld=["hosting", "neocloud"])
    assert set(told(before, today).values()) == {None}


def test_the_move_of_a_withheld_network_is_the_difference_of_two_types() -> None:
    """as:9 with 3 bits moved from hosting to neocloud; shares would tell it by the types that are told."""
    before = figures({**NETWORKS, ("as:9", "hosting"): None}, small={"hosting": 3})
    today = figures({**NETWORKS, ("as:9", "neocloud"): None}, small={"neocloud": 3})
    cells = told(before, today)
    assert hidden(cells) == {type_of("hosting"), type_of("neocloud"), TOTAL, OTHER_CLOUDS}
    assert hidden(cells, "share_of_bits") == ALL - {TOTAL}


def test_a_new_network_that_is_withheld_is_not_told_by_its_type_or_the_total() -> None:
    """as:9 with 5 bits came late beside as:8 with 7: both together are told, and would be parted."""
    before = figures({**NETWORKS, ("as:8", "neocloud"): None}, small={"neocloud": 7})
    today = figures({**NETWORKS, ("as:8", "neocloud"): None, ("as:9", "neocloud"): None}, small={"neocloud": 12})
    assert hidden(told(before, today)) == {type_of("neocloud"), TOTAL, OTHER_CLOUDS}


def test_a_small_type_that_is_new_is_not_told_by_the_total() -> None:
    before = figures({("as:3", "cdn"): 1_000, ("as:1", "hosting"): 600})
    small = {("as:3", "cdn"): 1_000, ("as:1", "hosting"): 600, ("as:9", "neocloud"): 7}
    assert set(told(before, figures(small, withheld=["hosting", "neocloud"])).values()) == {None}


def test_a_prefix_that_moves_into_the_withheld_part_of_its_network_tells_neither_type() -> None:
    """as:5 lost 300 bits of hosting to neocloud, where it is withheld."""
    before = figures({**NETWORKS, ("as:5", "hosting"): 5_000, ("as:5", "neocloud"): None}, small={"neocloud": 1})
    today = figures({**NETWORKS, ("as:5", "hosting"): 4_700, ("as:5", "neocloud"): None}, small={"neocloud": 301})
    assert {type_of("hosting"), type_of("neocloud"), TOTAL} <= hidden(told(before, today))


def test_a_network_that_comes_out_of_a_withheld_type_leaves_the_rest_of_it_untold() -> None:
    untold = ["cdn", "hosting"]
    before = figures({("as:2", "neocloud"): 20, ("as:4", "isp"): 9}, small={"cdn": 20, "hosting": 63}, withheld=untold)
    after = {("as:2", "neocloud"): 20, ("as:4", "isp"): 9, ("as:9", "neocloud"): None}
    today = figures(after, small={"cdn": 20, "hosting": 60, "neocloud": 3}, withheld=untold)
    assert hidden(told(before, today)) == ALL | {type_of("withheld")}


def late(networks: dict[tuple[str, str], int | None], addresses: int, **others: object) -> Figures:
    """The figures of today, after late exports, with types of so many addresses that all of their parts are told."""
    today = figures(networks, **others)  # type: ignore[arg-type]
    values = {cell: addresses if cell[0] == "unique_ips" else value for cell, value in today.values.items()}
    return replace(today, values=values, divided=frozenset({"cdn", "hosting", "neocloud"}))


MORE = {**NETWORKS, ("as:3", "cdn"): 30}
SHARES = ALL - {TOTAL}


def test_late_exports_are_told_where_enough_new_addresses_came() -> None:
    """Each type had 10 addresses: 20 today are 10 new ones, 19 are one too few; hosting and neocloud are as before."""
    today = late(MORE, 20, bins=110)
    assert hidden(told(figures(NETWORKS), today, minimum=10)) == set()
    few = told(figures(NETWORKS), late(MORE, 19, bins=110), minimum=10)
    assert hidden(few) == {type_of("cdn"), TOTAL}
    assert hidden(few, "share_of_bits") == SHARES


def test_late_exports_that_another_router_covered_need_new_addresses_too() -> None:
    """The bins are the same, since another router covered them."""
    assert hidden(told(figures(NETWORKS), late(MORE, 11), is_late=True, minimum=10)) == {type_of("cdn"), TOTAL}
    assert hidden(told(figures(NETWORKS), late(MORE, 11), minimum=10)) == set()


def test_late_exports_are_a_month_or_a_region_that_may_be_withheld() -> None:
    undivided = replace(late(MORE, 20, bins=110), divided=frozenset({"hosting", "neocloud"}))
    assert hidden(told(figures(NETWORKS), undivided, minimum=10)) == {type_of("cdn"), TOTAL}


def test_late_exports_and_networks_that_moved_at_once_are_not_told() -> None:
    moved = {("as:1", "neocloud"): 60, ("as:2", "neocloud"): 20, ("as:3", "cdn"): 30}
    assert set(told(figures(NETWORKS), late(moved, 20, bins=110), minimum=10).values()) == {None}
    gone = {("as:1", "hosting"): 60, ("as:3", "cdn"): 50}
    assert set(told(figures(NETWORKS), late(gone, 20, bins=110), minimum=10).values()) == {None}


def test_other_days_are_not_told_where_the_minimum_is_not_known() -> None:
    assert set(told(figures(NETWORKS, bins=61), late(NETWORKS, 90, bins=92)).values()) == {None}


def test_what_is_told_of_a_quarter_that_still_ran_is_nothing() -> None:
    assert set(told(figures(NETWORKS), figures(NETWORKS), is_superseded_run=True, minimum=1).values()) == {None}


def test_a_quarter_that_the_marts_do_not_hold_any_more_tells_nothing() -> None:
    assert set(told(figures(NETWORKS), None).values()) == {None}
