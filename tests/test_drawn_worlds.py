"""Worlds that are drawn at random are the same in every run, whichever modules a process had imported before."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

NUMBER_OF_OURS = 7_234_567_891


@pytest.fixture
def module_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module of no library and no test, which Hypothesis would take for what is tested."""
    module, file = ModuleType("of_ours"), tmp_path / "of_ours.py"
    file.write_text(f"NUMBER = {NUMBER_OF_OURS}\n")
    module.__file__ = str(file)
    monkeypatch.setitem(sys.modules, "of_ours", module)


@pytest.mark.usefixtures("module_of_ours")
def test_no_number_of_our_modules_is_drawn() -> None:
    """Among a million numbers Hypothesis would draw it several times."""
    drawn: list[int] = []

    @given(number=st.integers(NUMBER_OF_OURS - 500_000, NUMBER_OF_OURS + 500_000))
    @settings(max_examples=400, derandomize=True, database=None, phases=[Phase.generate])
    def draw(number: int) -> None:
        drawn.append(number)

    draw()
    assert len(drawn) >= 400
    assert NUMBER_OF_OURS not in drawn
