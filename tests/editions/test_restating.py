"""What made a difference between two editions: the parts add up, and each is what a hand counts."""

import pytest

from assets.warehouse.editions.restating import Effects, differing, effects, is_same_traffic
from tests.editions.world import Networks, edition, figures

BEFORE = {("as:1", "hosting"): 60, ("as:2", "neocloud"): 20, ("as:3", "cdn"): 20}
MOVED = {("as:1", "neocloud"): 60, ("as:2", "neocloud"): 20, ("as:3", "cdn"): 20}
NOTHING = Effects(0, 0, 0, 0)


def of_types(before: Networks, now: Networks, *, is_same_traffic: bool = False) -> dict[str, Effects | None]:
    """What made the difference of the bits of each type in which anything did."""
    then, today = figures(before), figures(now)
    cells = [("bits", "network_type", kind) for kind in sorted({kind for _, kind in {**before, **now}})]
    found = {cell[2]: effects(then, today, cell, is_same_traffic=is_same_traffic) for cell in cells}
    return {kind: made for kind, made in found.items() if made != NOTHING}


def test_a_decision_moves_bits_between_types_and_nothing_in_a_group_that_holds_both() -> None:
    assert of_types(BEFORE, MOVED) == {"neocloud": Effects(0, 0, 60, 0), "hosting": Effects(0, 0, -60, 0)}
    before, now = figures(BEFORE), figures(MOVED)
    assert effects(before, now, ("share_of_bits", "network_type", "neocloud")) == Effects(0, 0, 0.6, 0)
    assert {cell[2] for cell in differing(before, now)} == {"hosting", "neocloud"}


def test_late_exports_are_coverage_at_the_rate_of_before_and_the_rest_is_traffic() -> None:
    """Ten bins more make 6 of 60 bits; 90 - 60 - 6 = 24 are traffic."""
    before, now = figures(BEFORE, bins=100), figures({**BEFORE, ("as:1", "hosting"): 90}, bins=110)
    assert effects(before, now, ("bits", "network_type", "hosting")) == Effects(6, 24, 0, 0)
    assert effects(before, now, ("bits", "total", "all")) == Effects(10, 20, 0, 0)


def test_another_type_in_a_group_is_its_definition() -> None:
    before = figures(BEFORE)
    now = figures(BEFORE, groups={"other_clouds": ("cdn", "hosting", "neocloud")})
    assert effects(before, now, ("bits", "share_group", "other_clouds")) == Effects(0, 0, 0, 20)
    assert effects(before, now, ("share_of_bits", "share_group", "other_clouds")) == Effects(0, 0, 0, 0.2)


def test_a_new_network_is_traffic() -> None:
    assert of_types(BEFORE, {**BEFORE, ("as:4", "cdn"): 7}) == {"cdn": Effects(0, 7, 0, 0)}


@pytest.mark.parametrize("metric", ["bits", "share_of_bits"])
def test_all_that_happens_at_once_still_adds_up(metric: str) -> None:
    """The share of other clouds was 80 of 100; of today's 140, as:1 carries 70, as:2 10, and cdn's 40 come by name."""
    before = figures(BEFORE, bins=100)
    now = figures(
        {("as:1", "isp"): 70, ("as:2", "neocloud"): 10, ("as:3", "cdn"): 40, ("as:4", "hosting"): 20},
        groups={"other_clouds": ("cdn", "hosting", "neocloud")},
        bins=120,
    )
    made = effects(before, now, (metric, "share_group", "other_clouds"))
    unit = 140 if metric == "share_of_bits" else 1
    assert made is not None
    assert (made.reclassification, made.definition) == pytest.approx((-70 / unit, 40 / unit))
    before_value, now_value = (80, 70) if metric == "bits" else (80 / 100, 70 / 140)
    whole = made.coverage + made.traffic + made.reclassification + made.definition
    assert whole == pytest.approx(now_value - before_value)


def test_bits_that_move_between_types_within_one_network_are_reclassification() -> None:
    """A second prefix of as:1 is decided: 20 of its 60 bits were hosting."""
    before: Networks = {("as:1", "hosting"): 50, ("as:1", "neocloud"): 10, ("as:3", "cdn"): 20}
    now: Networks = {("as:1", "hosting"): 30, ("as:1", "neocloud"): 30, ("as:3", "cdn"): 20}
    assert of_types(before, now) == {"hosting": Effects(0, 0, -20, 0), "neocloud": Effects(0, 0, 20, 0)}
    share = ("share_of_bits", "network_type", "neocloud")
    assert effects(figures(before), figures(now), share) == Effects(0, 0, 0.25, 0)


def test_a_prefix_that_lost_its_own_type_is_reclassification() -> None:
    before: Networks = {("as:1", "hosting"): 50, ("as:1", "neocloud"): 10, ("as:3", "cdn"): 20}
    now: Networks = {("as:1", "hosting"): 60, ("as:3", "cdn"): 20}
    assert of_types(before, now) == {"hosting": Effects(0, 0, 10, 0), "neocloud": Effects(0, 0, -10, 0)}


def test_a_network_of_several_types_that_grew_in_each_moved_nothing() -> None:
    before: Networks = {("as:1", "hosting"): 50, ("as:1", "neocloud"): 10}
    now: Networks = {("as:1", "hosting"): 60, ("as:1", "neocloud"): 12}
    assert of_types(before, now) == {"hosting": Effects(0, 10, 0, 0), "neocloud": Effects(0, 2, 0, 0)}


def test_of_a_network_of_several_types_that_grew_and_lost_one_what_it_lost_moved() -> None:
    """It carries 12 bits more: 9 left hosting, of which two thirds came to the type that gained two thirds."""
    before: Networks = {("as:1", "hosting"): 50, ("as:1", "neocloud"): 10, ("as:1", "cdn"): 10}
    now: Networks = {("as:1", "hosting"): 41, ("as:1", "neocloud"): 24, ("as:1", "cdn"): 17}
    assert of_types(before, now) == {
        "hosting": Effects(0, 0, -9, 0),
        "neocloud": Effects(0, 8, 6, 0),
        "cdn": Effects(0, 4, 3, 0),
    }


def test_of_the_same_records_nothing_is_traffic() -> None:
    """A registry gives 20 bits of as:1 to another network, which the edition before did not know."""
    now: Networks = {**BEFORE, ("as:1", "hosting"): 40, ("as:7", "hyperscaler"): 20}
    came_and_went = {"hosting": Effects(0, -20, 0, 0), "hyperscaler": Effects(0, 20, 0, 0)}
    moved = {"hosting": Effects(0, 0, -20, 0), "hyperscaler": Effects(0, 0, 20, 0)}
    assert of_types(BEFORE, now) == came_and_went
    assert of_types(BEFORE, now, is_same_traffic=True) == moved
    group = ("bits", "share_group", "other_clouds")
    assert effects(figures(BEFORE), figures(now), group, is_same_traffic=True) == Effects(0, 0, -20, 0)


def test_records_are_the_same_where_as_many_came_and_the_total_is_the_same() -> None:
    exports = {"exports": {"days": 92, "files": 4, "flow records": 1_000}}
    before = edition(1, figures(BEFORE), inputs=exports)
    assert is_same_traffic(before, edition(2, figures(MOVED), inputs=exports))
    assert not is_same_traffic(before, edition(2, figures(MOVED, bins=99), inputs=exports))
    assert not is_same_traffic(before, edition(2, figures({**BEFORE, ("as:3", "cdn"): 21}), inputs=exports))
    more = {"exports": {**exports["exports"], "flow records": 1_001}}
    assert not is_same_traffic(before, edition(2, figures(MOVED), inputs=more))
    assert not is_same_traffic(edition(1, figures(BEFORE)), edition(2, figures(MOVED)))


def test_what_the_figures_can_not_tell_has_no_effects() -> None:
    """How many bits of as:1 are of which type is withheld."""
    before = figures({("as:1", "hosting"): 50, ("as:3", "cdn"): 20})
    now = figures({("as:1", "hosting"): 45, ("as:1", "neocloud"): None, ("as:3", "cdn"): 20}, small={"neocloud": 5})
    assert effects(before, now, ("bits", "network_type", "hosting")) is None
    assert effects(before, now, ("unique_ips", "network_type", "cdn")) is None
    assert effects(before, now, ("bits", "network_type", "cdn")) == Effects(0, 0, 0, 0)
