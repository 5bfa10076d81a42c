"""Editions are made by reports that tell something else, kept for good, and published beside the marts of today."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.ground.partitions import Calendar, Quarter
from assets.ground.workspace import Workspace
from assets.reports.edition_inputs import FOLDER_TABLES
from assets.reports.editions import make_editions
from assets.warehouse.editions.figures import Figures, read_figures
from assets.warehouse.editions.kept import EditionError, editions_folder, editions_of, keep
from assets.warehouse.published_marts import publish, publish_editions
from tests.editions.world import QUARTER, edition, figures, write_published

PROJECT = Path(__file__).parents[2]
BEFORE = figures({("as:1", "hosting"): 60, ("as:2", "neocloud"): 20, ("as:3", "cdn"): 20})
MOVED = figures({("as:1", "cdn"): 60, ("as:2", "neocloud"): 20, ("as:3", "cdn"): 20}, small={"hosting": 0})
RUNNING, ENDED, LATER = date(2025, 11, 3), date(2026, 1, 3), date(2026, 2, 1)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path, tmp_path / "state", PROJECT / "dbt_project", Calendar(date(2025, 7, 1)))
    for name in FOLDER_TABLES:
        columns = {"name": pa.array([], pa.string()), "exporter_address": pa.array([], pa.string())}
        workspace.lake.write(("operator", name), pa.table(columns), fingerprint=name)
    return workspace


def decide(workspace: Workspace, *days: date) -> None:
    rows = [
        {"prefix": None, "asn": 64500 + number, "organisation": None, "network_type": "cdn", "reason": "serves pages",
         "decided_on": day, "expires_on": None}
        for number, day in enumerate(days)
    ]  # fmt: skip
    workspace.lake.write(("operator", "overrides"), pa.Table.from_pylist(rows), fingerprint=str(days))


def report(workspace: Workspace, told: Figures, today: date) -> int:
    """Publish marts that tell these figures, make the quarter's report, and return the number of its edition."""
    workspace.published.unlink(missing_ok=True)
    write_published(workspace.published, told)
    return make_editions(workspace, [Quarter.parse(QUARTER)], today)[Quarter.parse(QUARTER)].number


def rows(workspace: Workspace, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(workspace.published, read_only=True) as database:
        return database.execute(sql).fetchall()


def test_figures_are_read_back_from_the_marts_as_they_are(tmp_path: Path) -> None:
    path = write_published(tmp_path / "published.duckdb", BEFORE)
    with duckdb.connect(path, read_only=True) as published:
        assert read_figures(published, QUARTER) == BEFORE
        assert read_figures(published, "2025Q3") is None


def test_a_report_that_tells_the_same_makes_no_edition(workspace: Workspace) -> None:
    assert [report(workspace, BEFORE, day) for day in (ENDED, ENDED, LATER)] == [1, 1, 1]
    assert rows(workspace, "select edition, published_on, is_newest, changed from marts.editions") == [
        (1, ENDED, True, [])
    ]


def test_a_decision_dated_back_makes_an_edition_that_says_so_and_keeps_the_first(workspace: Workspace) -> None:
    report(workspace, BEFORE, ENDED)
    decide(workspace, date(2025, 12, 12))
    assert report(workspace, MOVED, LATER) == 2
    assert rows(workspace, "select edition, published_on, changed from marts.editions order by 1") == [
        (1, ENDED, []),
        (2, LATER, ["decision of 2025-12-12 on AS64500 added: network type cdn (serves pages)"]),
    ]
    values = (
        "select edition, value from marts.edition_values where metric = 'share_of_bits' and member = '{}' order by 1"
    )
    assert rows(workspace, values.format("cdn")) == [(1, 0.2), (2, 0.8)]
    assert rows(workspace, values.format("other_clouds")) == [(1, 0.8), (2, 0.2)]
    restated = (
        "select previous_value, value, difference, reclassification_effect, traffic_effect from marts.restatements"
    )
    assert rows(workspace, f"{restated} where metric = 'bits' and member = 'other_clouds'") == [(80, 20, -60, -60, 0)]
    assert pq.read_table(workspace.published.parent / "marts" / "editions.parquet").num_rows == 2


def test_a_running_quarter_goes_on_and_its_first_edition_since_it_ended_is_one_of_its_own(workspace: Workspace) -> None:
    assert [report(workspace, told, RUNNING) for told in (BEFORE, BEFORE, MOVED)] == [1, 1, 2]
    assert [report(workspace, MOVED, day) for day in (date(2026, 1, 1), date(2026, 1, 2), LATER)] == [2, 3, 3]
    assert rows(workspace, "select edition, is_running from marts.editions order by 1") == [
        (1, True),
        (2, True),
        (3, False),
    ]
    told = "select distinct edition from marts.edition_values where value is not null"
    assert rows(workspace, told) == [(3,)]


def test_a_kept_edition_is_never_written_again(tmp_path: Path) -> None:
    path = keep(tmp_path, edition(1, BEFORE))
    kept = path.read_bytes()
    with pytest.raises(EditionError, match="edition 1 of 2025Q4 is kept already"):
        keep(tmp_path, edition(1, MOVED))
    assert path.read_bytes() == kept
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["0001.json"]
    assert editions_of(tmp_path, QUARTER) == [edition(1, BEFORE)]


def test_days_are_told_and_not_whether_a_quarter_is_complete(workspace: Workspace) -> None:
    report(workspace, BEFORE, ENDED)
    assert rows(workspace, "select days_present, days_expected from marts.editions") == [(90, 92)]


@pytest.mark.parametrize("told", [BEFORE, MOVED])
def test_the_number_of_a_newest_edition_that_was_deleted_is_not_used_again(workspace: Workspace, told: Figures) -> None:
    report(workspace, BEFORE, ENDED)
    report(workspace, MOVED, ENDED)
    (editions_folder(workspace.published) / QUARTER / "0002.json").unlink()
    assert [report(workspace, told, LATER) for _ in range(2)] == [3, 3]
    made = rows(workspace, "select edition, changed[1] from marts.editions order by 1")
    assert made == [(1, None), (3, "edition 2 is not kept any more")]


def test_numbers_go_on_where_no_edition_is_kept(workspace: Workspace) -> None:
    report(workspace, BEFORE, ENDED)
    shutil.rmtree(editions_folder(workspace.published))
    assert report(workspace, BEFORE, LATER) == 2


def test_numbers_go_on_where_only_the_files_are_kept(workspace: Workspace) -> None:
    report(workspace, BEFORE, ENDED)
    workspace.published.with_name("editions.json").unlink()
    assert report(workspace, MOVED, LATER) == 2


def test_a_clock_that_was_set_back_lets_no_ended_quarter_run_and_no_edition_be_older(workspace: Workspace) -> None:
    report(workspace, BEFORE, ENDED)
    assert [report(workspace, told, RUNNING) for told in (BEFORE, MOVED)] == [1, 2]
    made = rows(workspace, "select edition, published_on, is_running from marts.editions order by 1")
    assert made == [(1, ENDED, False), (2, ENDED, False)]


def test_a_note_of_numbers_that_can_not_be_read_says_what_to_do(workspace: Workspace) -> None:
    report(workspace, BEFORE, ENDED)
    workspace.published.with_name("editions.json").write_text("[]", encoding="utf-8")
    with pytest.raises(EditionError, match="bring it back from a backup, or remove it"):
        report(workspace, BEFORE, LATER)


def test_two_older_editions_give_nothing_away_beside_each_other(tmp_path: Path) -> None:
    """Today's 30 addresses are 19 more than edition 2 had and 20 more than edition 1: between these came one."""
    published, cdn = tmp_path / "published" / "network_stats.duckdb", ("unique_ips", "network_type", "cdn")
    for number, (bits, addresses) in enumerate(((20, 10), (21, 11), (40, 30)), 1):
        told = figures({("as:1", "hosting"): 60, ("as:3", "cdn"): bits}, bins=90 + number)
        told = replace(told, values={**told.values, cdn: addresses})
        exports = {"days": 90, "files": 4, "flow records": 1_000 * number}
        inputs = {"exports": exports, "minimum_unique_ips": 10}
        keep(editions_folder(published), edition(number, told, inputs=inputs))
    write_published(published, told, records=3_000)
    publish_editions(published)
    values = "select edition, value from marts.edition_values where metric = 'bits' and member = 'cdn' order by 1"
    with duckdb.connect(published, read_only=True) as database:
        assert database.execute(values).fetchall() == [(1, None), (2, 21.0), (3, 40.0)]


STATES = """
select distinct member, previous_state, previous_value, state, value from marts.restatements where metric = 'bits'
"""


def test_a_cell_that_is_withheld_in_one_of_two_editions_says_so_on_both_sides(workspace: Workspace) -> None:
    """As:1 of hosting and as:2 of neocloud were withheld together; today each is told, and of before neither is."""
    networks = {("as:1", "hosting"): 60, ("as:2", "neocloud"): 20, ("as:3", "cdn"): 20}
    withheld = figures(networks, withheld=["hosting", "neocloud"])
    report(workspace, withheld, ENDED)
    report(workspace, BEFORE, LATER)
    assert rows(workspace, STATES + "and member in ('hosting', 'cdn') order by 1") == [
        ("cdn", "withheld since", None, "told", 20.0),
        ("hosting", "withheld", None, "told", 60.0),
    ]
    report(workspace, withheld, LATER)
    assert rows(workspace, STATES + "and member in ('hosting', 'cdn') and edition = 3 order by 1") == [
        ("cdn", "withheld since", None, "told", 20.0),
        ("hosting", "withheld since", None, "withheld", None),
    ]


@pytest.mark.parametrize("damage", ["{}", "[]", "null", "{", '{"quarter": "2025Q4", "edition": 1, "published_on": 3}'])
def test_an_edition_that_can_not_be_read_says_which_and_what_to_do(tmp_path: Path, damage: str) -> None:
    keep(tmp_path, edition(1, BEFORE)).write_text(damage, encoding="utf-8")
    with pytest.raises(EditionError, match=r"0001\.json can't be read as an edition .* bring it back"):
        editions_of(tmp_path, QUARTER)


def test_a_damaged_edition_stops_publishing_before_anything_is_written(workspace: Workspace) -> None:
    report(workspace, BEFORE, ENDED)
    (editions_folder(workspace.published) / QUARTER / "0001.json").write_text("[]", encoding="utf-8")
    before = {path: path.read_bytes() for path in workspace.published.parent.rglob("*") if path.is_file()}
    working = write_published(workspace.state / "working.duckdb", MOVED)
    with pytest.raises(EditionError, match="can't be read as an edition"):
        publish(working, workspace.published, fingerprints={QUARTER: "another"})
    assert {path: path.read_bytes() for path in workspace.published.parent.rglob("*") if path.is_file()} == before


def test_editions_do_not_go_with_the_published_copy_and_follow_what_is_withheld_today(workspace: Workspace) -> None:
    report(workspace, BEFORE, ENDED)
    today = figures(
        {("as:1", "hosting"): 60, ("as:2", "neocloud"): 20, ("as:3", "cdn"): 20}, withheld=["hosting", "neocloud"]
    )
    assert report(workspace, today, LATER) == 2
    assert rows(workspace, "select distinct value from marts.edition_values where edition = 1") == [(None,)]
    assert rows(workspace, "select count(*) from marts.restatements where previous_value is not null") == [(0,)]
    assert editions_of(editions_folder(workspace.published), QUARTER)[0].figures == BEFORE
