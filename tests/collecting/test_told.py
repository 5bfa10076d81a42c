"""What a collector counted is told by `netstats status` and `netstats doctor`."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assets.exports.collecting.counts import Counts, DayCounts, write_counts
from assets.operator import Operator, load_operator
from orchestration.commands.diagnosis import of_collectors
from orchestration.commands.standing.collectors import collectors_of, silence_of, warnings_of

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
OPERATOR = Path(__file__).parents[1] / "operators" / "real_exports"


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """An operator whose first source is the folder `flows` beside its own."""
    folder = tmp_path / "operator"
    shutil.copytree(OPERATOR, folder)
    told = folder / "operator.yaml"
    text = told.read_text(encoding="utf-8").replace("exports/{date}", "../flows/{exporter}/{date}")
    told.write_text(text.replace("flow_sources:", "flow_sources:\n  - address: ../flows/*/{date}"), encoding="utf-8")
    (tmp_path / "flows").mkdir()
    return load_operator(folder)


def told(operator: Operator, counts: Counts, at: datetime) -> tuple[str | None, list[str]]:
    write_counts(operator.folder.parent / "flows", counts, at)
    [one] = collectors_of(operator)
    return silence_of(one, NOW), list(warnings_of(one, NOW))


def test_sources_of_other_collectors_have_no_counts(operator: Operator) -> None:
    assert collectors_of(operator) == []
    assert list(of_collectors.findings(operator, NOW)) == []


def test_a_collector_that_runs_and_lost_nothing_is_no_finding(operator: Operator) -> None:
    counts = Counts(0, is_running=True, days={NOW.date(): DayCounts(datagrams=5)})
    assert told(operator, counts, NOW - timedelta(seconds=20)) == (None, [])


def test_what_was_lost_today_and_yesterday_is_told_by_its_cause(operator: Operator) -> None:
    days = {NOW.date() - timedelta(days=ago): DayCounts(9, 9, 1000 + ago, 2000 + ago, 3000 + ago) for ago in range(3)}
    _, warned = told(operator, Counts(0, is_running=True, days=days), NOW)
    flows = operator.folder / "../flows"
    name = f"collector of {flows} (process 0): "
    assert warned == [
        f"{name}the kernel dropped 1,001 datagrams on 2026-01-04; give it a larger --buffer or more --processes",
        f"{name}2,001 datagrams of 2026-01-04 could not be written; make room",
        f"{name}3,001 datagrams of 2026-01-04 came from more exporters than have folders; they lie in "
        f"{flows}/others: name routers in exporters.csv",
        f"{name}the kernel dropped 1,000 datagrams on 2026-01-05; give it a larger --buffer or more --processes",
        f"{name}2,000 datagrams of 2026-01-05 could not be written; make room",
        f"{name}3,000 datagrams of 2026-01-05 came from more exporters than have folders; they lie in "
        f"{flows}/others: name routers in exporters.csv",
    ]
    found = list(of_collectors.findings(operator, NOW))
    assert [one.topic for one in found] == ["collector"] * 6
    assert found[1].remedy == "make room"


@pytest.mark.parametrize(
    ("is_running", "ago", "said"),
    [
        (True, timedelta(minutes=3), "has said nothing since 2026-01-05 11:57 UTC; start it again"),
        (False, timedelta(minutes=1), "ended at 2026-01-05 11:59 UTC; start it, or remove its .collector files if it "),
    ],
)  # fmt: skip
def test_a_collector_that_ended_or_was_killed_is_told(
    operator: Operator, is_running: bool, ago: timedelta, said: str
) -> None:
    silence, _ = told(operator, Counts(0, is_running=is_running), NOW - ago)
    assert silence is not None and said in silence
