"""Of random quarters that are restated, two editions together give nothing away that one of them withheld."""

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from compiled_models import CompiledModels
from edition_worlds import Restated, made_models, published_twice, restated_quarters
from hypothesis import HealthCheck, Phase, given, settings
from world import World

from tests.auditor.audit import leaks

pytestmark = pytest.mark.long

SEEN: Counter[str] = Counter()
DRAWN = {
    "deadline": None,
    "derandomize": True,
    "phases": [Phase.explicit, Phase.generate],
    # How long it takes to draw a world is the machine's matter.
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
Models = tuple[World, CompiledModels]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return made_models(tmp_path_factory.mktemp("editions"))


def nothing_is_known(models: Models, one: Restated, minimum: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        marts, truth = published_twice(models, one, Path(folder), minimum=minimum)
    assert leaks(marts, truth) == []
    kind = "late" if one.late else "decided"
    SEEN[f"{kind}, restated"] += len(marts.older)
    for row in marts.rows["restatements"]:
        SEEN[f"{kind}, {'untold' if row['is_suppressed'] else 'told'}"] += 1


@given(one=restated_quarters(minimum=3))
@settings(max_examples=14, **DRAWN)
def test_editions_with_a_low_minimum_give_nothing_away(models: Models, one: Restated) -> None:
    nothing_is_known(models, one, 3)


@given(one=restated_quarters(minimum=10))
@settings(max_examples=8, **DRAWN)
def test_editions_by_the_defaults_give_nothing_away(models: Models, one: Restated) -> None:
    nothing_is_known(models, one, 10)


def test_the_quarters_were_restated_told_and_withheld() -> None:
    assert all(SEEN[f"{kind}, restated"] > 2 for kind in ("late", "decided")), SEEN
    assert SEEN["decided, told"] > 10 and SEEN["decided, untold"] > 10 and SEEN["late, untold"] > 10, SEEN
