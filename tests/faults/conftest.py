"""The good world, made once a session.

Belongs here: fixtures. Does not belong here: what the world holds (good_world).
"""

from pathlib import Path

import pytest

from tests.faults.good_world import Broken, GoodWorld


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> GoodWorld:
    """The good world; whoever changes it uses `broken`."""
    return GoodWorld(tmp_path_factory.mktemp("good"))


@pytest.fixture
def broken(good: GoodWorld, tmp_path: Path) -> Broken:
    """A copy of the good world to put a fault into."""
    return good.broken(tmp_path)
