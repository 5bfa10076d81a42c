"""What counts for a moment of what was told over time, also where the order or the first of it was lost."""

from assets.exports.formats._timeline import Timeline, When


def told(*values: tuple[int, str]) -> Timeline[str]:
    timeline = Timeline[str]()
    for sent, value in values:
        timeline.tell(When(sent), value)
    return timeline


def holding(timeline: Timeline[str], *moments: int) -> list[str | None]:
    return [timeline.holding(When(moment)) for moment in moments]


def test_each_value_holds_until_the_next_and_the_first_before_it_too() -> None:
    assert holding(told((10, "a"), (20, "b")), 5, 10, 19, 20, 99) == ["a", "a", "a", "b", "b"]


def test_a_value_told_again_earlier_begins_earlier() -> None:
    assert holding(told((10, "a"), (30, "b"), (20, "b")), 19, 20, 30) == ["a", "b", "b"]


def test_another_value_between_two_tellings_of_one_makes_it_rough_and_told_once_more_it_is_not() -> None:
    tellings = [(10, "a"), (20, "a"), (30, "a"), (25, "b")]
    rough = told(*tellings)
    assert rough.is_rough
    again = rough.anew(None)
    for sent, value in tellings:
        again.tell(When(sent), value)
    assert not again.is_rough
    assert holding(again, 10, 20, 25, 29, 30) == ["a", "a", "b", "b", "a"]


def test_an_answer_that_news_changes_is_contradicted() -> None:
    timeline = told((10, "a"), (30, "b"))
    timeline.ask(When(25))
    timeline.tell(When(20), "a")
    assert not timeline.is_contradicted
    timeline.tell(When(26), "c")
    assert not timeline.is_contradicted
    timeline.tell(When(15), "c")
    assert timeline.is_contradicted


def test_what_held_before_the_first_that_is_still_known_is_not_guessed() -> None:
    timeline = told((10, "a"), (20, "b"))
    timeline.drop_oldest()
    assert holding(timeline, 15, 20) == [None, "b"]
    assert not timeline.tell(When(12), "c")
    assert holding(timeline.anew(told((5, "z"))), 15, 20) == ["z", "z"]


def test_another_value_of_the_same_moment_takes_the_place_of_the_first() -> None:
    timeline = told((10, "a"), (20, "b"), (20, "c"))
    assert (holding(timeline, 10, 20), timeline.values, timeline.is_rough) == (["a", "c"], ["a", "c"], False)
