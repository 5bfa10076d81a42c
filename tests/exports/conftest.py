"""What tests of pulling share: an operator's world of its own for each."""

from pathlib import Path

import pytest

from tests.exports.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).begin()
