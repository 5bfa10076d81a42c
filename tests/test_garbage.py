"""Python looks for garbage seldom where it makes much and ends, and still finds it."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from assets.ground.garbage import OBJECTS_BETWEEN_LOOKS, look_seldom


class Ring:
    """An object that refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def settings() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_what_comes_later_is_found_and_what_was_there_is_not_looked_at() -> None:
    before = weakref.ref(Ring())
    look_seldom()
    assert gc.get_threshold()[0] == OBJECTS_BETWEEN_LOOKS
    after = weakref.ref(Ring())
    gc.collect()
    assert (before() is None, after() is None) == (False, True)
    gc.unfreeze()
    gc.collect()
    assert before() is None
