"""What dbt parsed is kept by the files that it was parsed from: the next state takes it, another version does not."""

from pathlib import Path

import pytest

from assets.warehouse.dbt_process import Dbt
from assets.warehouse.parsed_project import PARSED, make_parsed


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models, as each call of dbt found them; what it leaves are their texts."""
    calls: list[str] = []

    def run(dbt: Dbt, *arguments: str) -> None:
        assert arguments == ("parse", "--quiet")
        calls.append((dbt.project / "models" / "one.sql").read_text(encoding="utf-8"))
        dbt.target.mkdir(parents=True)
        for name in PARSED:
            dbt.target.joinpath(name).write_text(calls[-1], encoding="utf-8")

    monkeypatch.setattr(Dbt, "run", run)
    return calls


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project" / "models").mkdir(parents=True)
    (tmp_path / "project" / "models" / "one.sql").write_text("select 1", encoding="utf-8")
    return tmp_path / "project"


def brought(project: Path, state: Path) -> str:
    """What a state has after it was made ready."""
    dbt = Dbt(project, state / "dbt", state / "lake", state / "warehouse" / "working.duckdb")
    make_parsed(dbt)
    [text] = {dbt.target.joinpath(name).read_text(encoding="utf-8") for name in PARSED}
    return text


def test_a_project_is_parsed_once_for_all_states(project: Path, tmp_path: Path, parsed: list[str]) -> None:
    assert [brought(project, tmp_path / name) for name in ("a", "b", "a")] == ["select 1"] * 3
    assert parsed == ["select 1"]


def test_another_text_is_parsed_anew_and_that_of_before_goes(project: Path, tmp_path: Path, parsed: list[str]) -> None:
    brought(project, tmp_path / "a")
    (project / "models" / "one.sql").write_text("select 2", encoding="utf-8")
    assert brought(project, tmp_path / "b") == "select 2"
    assert parsed == ["select 1", "select 2"]
    assert len(list((project / "target").iterdir())) == 1
