"""`netstats query`: it reads the published marts and nothing else, and what it prints can do nothing to a terminal."""

import json
from pathlib import Path

import click
import duckdb
import pytest

from orchestration.commands import query
from orchestration.commands.tables import cell
from orchestration.commands.terminal import Lines


@pytest.fixture
def published(tmp_path: Path) -> Path:
    file = tmp_path / "network_stats.duckdb"
    with duckdb.connect(file) as database:
        database.execute("create schema marts; create table marts.quarters as select '2025Q4' as quarter")
    return file


REACHING_OUT = [
    "select content from read_text('{secret}')",
    "from read_csv('{secret}')",
    "from glob('{folder}/*')",
    "from '{secret}'",
    "copy (select 1) to '{folder}/out.csv'",
    "export database '{folder}/out'",
    "attach '{other}' as other",
    "set enable_external_access = true",
    "set threads = 1",
    "install httpfs",
    "drop table quarters",
]


@pytest.mark.parametrize("statement", REACHING_OUT)
def test_a_statement_reaches_no_file_no_other_database_and_no_setting(
    tmp_path: Path, published: Path, statement: str
) -> None:
    secret, other = tmp_path / "secret.csv", tmp_path / "working.duckdb"
    secret.write_text("password\n", encoding="utf-8")
    duckdb.connect(other).close()
    there = sorted(tmp_path.iterdir())
    with pytest.raises(Lines):
        query.run(statement.format(secret=secret, other=other, folder=tmp_path), "csv", published)
    assert sorted(tmp_path.iterdir()) == there


def test_a_damaged_published_copy_is_told_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "network_stats.duckdb"
    damaged.write_bytes(b"no database" * 1000)
    monkeypatch.setattr(query, "_published", lambda: damaged)
    with pytest.raises(Lines, match="`netstats build` publishes it again"):
        query.run("select 1", "json", None)


def test_marts_are_found_without_their_schema(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    query.run("from quarters", "json", published)
    assert json.loads(capsys.readouterr().out) == [{"quarter": "2025Q4"}]


@pytest.mark.parametrize("nothing", ["", "  ", "-- only a comment", ";"])
def test_a_text_without_a_statement_is_told_so(published: Path, nothing: str) -> None:
    with pytest.raises(click.ClickException, match="there is no statement"):
        query.run(nothing, "table", published)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, ""),
        (12.5, "12.5"),
        ("Zürich [/red] [link=x]", "Zürich [/red] [link=x]"),
        ("\x1b[2Jgone", "\\x1b[2Jgone"),
        ("a\u202eb\nc", "a\\u202eb\\nc"),
    ],
)
def test_a_cell_is_letters_and_no_markup_and_moves_no_cursor(value: object, shown: str) -> None:
    assert cell(value).plain == shown
    assert not cell(value).spans
