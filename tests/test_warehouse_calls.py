"""What a call of dbt builds, by what the ledger says of each table and day: of a project of two facts and one mart."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from assets.ground.lake import Partition
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.warehouse import calls
from assets.warehouse.calls import Call, CoreInPiecesError, core_call, in_portions, is_small, marts_call
from assets.warehouse.gone_tables import drop_without_model, forget_gone
from assets.warehouse.inputs import FLOW_RECORDS, project_of
from assets.warehouse.ledger import Ledger, built_of, remember
from assets.warehouse.published_marts import MartsInPiecesError, what_is_built

BYTES, BINS, KEYS, NETWORKS = ("core", "bytes"), ("core", "bins"), ("core", "keys"), ("core", "networks")
CORE = [BYTES, BINS, KEYS, NETWORKS, ("staging", "records"), ("staging", "sites"), ("seeds", "types")]
SHARES, REGIONS, TRAFFIC = ("marts", "shares"), ("marts", "regions"), ("core", "traffic")
LABELS, TOLD = ("core", "labels"), ("core", "told")
MARTS = [SHARES, REGIONS, TRAFFIC, LABELS, TOLD]
DAYS = {"2025-10-01": "a", "2025-10-02": "b"}


def node(
    key: tuple[str, str], materialized: str, *parents: tuple[str, str], folder: str = "", tag: str = "", macro: str = ""
) -> object:
    return {
        "resource_type": "seed" if materialized == "seed" else "model",
        "name": key[1],
        "fqn": ["p", key[0], *([folder] if folder else []), key[1]],
        "checksum": {"checksum": f"sql of {key[1]}"},
        "config": {"materialized": materialized, "tags": [tag] if tag else []},
        "depends_on": {
            "nodes": [f"m.p.{parent[1]}" for parent in parents],
            "macros": [f"macro.p.{macro}"] if macro else [],
        },
    }


def manifest() -> dict[str, object]:
    nodes = {
        ("seeds", "types"): node(("seeds", "types"), "seed"),
        ("staging", "records"): node(("staging", "records"), "view", macro="is_selected_day"),
        ("staging", "sites"): node(("staging", "sites"), "view"),
        BYTES: node(BYTES, "incremental", ("staging", "records"), ("staging", "sites"), folder="by_export_day"),
        BINS: node(BINS, "incremental", ("staging", "records"), folder="by_export_day"),
        KEYS: node(KEYS, "incremental", ("staging", "records"), tag="by_day"),
        NETWORKS: node(NETWORKS, "table", KEYS, ("seeds", "types")),
        TRAFFIC: node(TRAFFIC, "table", BINS, NETWORKS, folder="by_quarter"),
        LABELS: node(LABELS, "incremental", TRAFFIC, folder="by_quarter"),
        TOLD: node(TOLD, "view", TRAFFIC, LABELS, folder="by_quarter"),
        SHARES: node(SHARES, "incremental", TOLD, BYTES),
        REGIONS: node(REGIONS, "table", ("seeds", "types")),
    }
    return {
        "metadata": {"project_name": "p"},
        "macros": {
            "macro.p.selected_values": {"macro_sql": "", "depends_on": {"macros": []}},
            "macro.p.is_selected_day": {"macro_sql": "", "depends_on": {"macros": ["macro.p.selected_values"]}},
        },
        "sources": {},
        "nodes": {f"m.p.{key[1]}": one for key, one in nodes.items()},
    }


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path, tmp_path, tmp_path, Calendar(date(2025, 10, 1)))
    made.dbt_target.mkdir()
    write_manifest(made, manifest())
    decide(made)
    made.warehouse.parent.mkdir()
    with duckdb.connect(made.warehouse) as database:
        database.execute("create schema core; create table core.traffic_bins as select date '2025-10-01' as event_on")
    return made


def decide(workspace: Workspace, **decided: date | None) -> None:
    """Write the operator's decisions: one that begins and expires on these days, or none."""
    fields = {"decided_on": pa.date32(), "expires_on": pa.date32()}
    rows = pa.Table.from_pylist([decided] if decided else [], schema=pa.schema(fields))
    workspace.lake.write(("operator", "overrides"), rows, fingerprint="the same")


def write_manifest(workspace: Workspace, told: dict[str, object]) -> None:
    (workspace.dbt_target / "manifest.json").write_text(json.dumps(told))


def core(
    workspace: Workspace, selected: list[tuple[str, str]] = CORE, again: list[str] | None = None, days: object = None
) -> Call:
    return core_call(workspace, project_of(workspace), days or DAYS, selected, again=again)  # type: ignore[arg-type]


def marts(workspace: Workspace, selected: list[tuple[str, str]] = MARTS, again: list[str] | None = None) -> Call:
    return marts_call(workspace, project_of(workspace), selected, again=again)


def build(call: Call, workspace: Workspace) -> list[str]:
    """Do as if dbt had built the call; the names of what it built."""
    call.forget(workspace)
    call.remember(workspace)
    return sorted(call.names)


def test_the_first_call_builds_everything_and_the_second_nothing(workspace: Workspace) -> None:
    call = core(workspace)
    assert call.members == ["2025-10-01", "2025-10-02"]
    assert build(call, workspace) == ["bins", "bytes", "keys", "networks", "records", "sites", "types"]
    assert (core(workspace).names, core(workspace).members) == ([], [])
    assert build(marts(workspace), workspace) == ["labels", "regions", "shares", "told", "traffic"]
    assert marts(workspace).names == []


def test_one_table_alone_marks_only_itself(workspace: Workspace) -> None:
    """What was seen: one click on one table, and the next build published the day without all the others."""
    call = core(workspace, [BINS], ["2025-10-01"])
    assert build(call, workspace) == ["bins", "records"]
    assert built_of(workspace.warehouse) == {
        "core/bins": {"2025-10-01": built_of(workspace.warehouse)["core/bins"]["2025-10-01"]},
    }
    rest = core(workspace)
    assert rest.members == ["2025-10-01", "2025-10-02"]
    assert build(rest, workspace) == ["bins", "bytes", "keys", "networks", "records", "sites", "types"]


def test_a_table_made_from_another_of_the_day_brings_it_unless_that_is_current(workspace: Workspace) -> None:
    """Conversations look at the days' addresses: of a day without any they would be empty for good."""
    told = manifest()
    told["nodes"]["m.p.bins"]["depends_on"]["nodes"].append("m.p.bytes")  # type: ignore[index]
    write_manifest(workspace, told)
    call = core(workspace, [BINS], ["2025-10-01"])
    assert build(call, workspace) == ["bins", "bytes", "records", "sites"]
    assert core(workspace, [BINS], ["2025-10-01"]).names == ["bins", "records"]
    assert core(workspace, [BINS], ["2025-10-01"], {**DAYS, "2025-10-01": "changed"}).names[:2] == ["bins", "bytes"]


def test_what_is_chosen_is_built_again_and_nothing_else(workspace: Workspace) -> None:
    build(core(workspace), workspace)
    call = core(workspace, [BYTES], ["2025-10-02"])
    assert (call.names, call.members) == (["bytes", "records"], ["2025-10-02"])
    before = built_of(workspace.warehouse)
    build(call, workspace)
    assert built_of(workspace.warehouse) == before


def test_a_table_that_somebody_removed_is_built_again(workspace: Workspace) -> None:
    """Of core all days, which are in pieces until then; of the reference tables the one, by the name that it has."""
    told = manifest()
    told["nodes"]["m.p.regions"]["alias"] = "places"  # type: ignore[index]
    write_manifest(workspace, told)
    project = project_of(workspace)
    build(core(workspace), workspace)
    build(marts(workspace), workspace)
    with duckdb.connect(workspace.warehouse) as database:
        for model in project.models.values():
            schema, table = model.relation
            database.execute(f"create schema if not exists {schema}; create table {schema}.{table} as select 1 as one")
    assert forget_gone(workspace.warehouse, project) == []
    with duckdb.connect(workspace.warehouse) as database:
        database.execute("drop table core.bins; drop table marts.places")
    assert forget_gone(workspace.warehouse, project) == ["core/bins", "marts/regions"]
    assert "core" not in built_of(workspace.warehouse)
    call = core(workspace)
    assert (call.members, "bins" in call.names) == (["2025-10-01", "2025-10-02"], True)
    build(call, workspace)
    assert build(marts(workspace), workspace) == ["regions"]


def test_a_changed_day_is_built_alone(workspace: Workspace) -> None:
    build(core(workspace), workspace)
    call = core(workspace, days={**DAYS, "2025-10-02": "changed"})
    assert call.members == ["2025-10-02"]
    assert sorted(call.names) == ["bins", "bytes", "keys", "networks", "records"]


def test_a_changed_seed_without_a_new_day_builds_what_it_is_read_by(workspace: Workspace) -> None:
    build(core(workspace), workspace)
    build(marts(workspace), workspace)
    told = manifest()
    told["nodes"]["m.p.types"]["checksum"] = {"checksum": "another type"}  # type: ignore[index]
    write_manifest(workspace, told)
    call = core(workspace)
    assert (sorted(call.names), call.members) == (["networks", "types"], [])
    build(call, workspace)
    assert build(marts(workspace), workspace) == ["labels", "regions", "shares", "told", "traffic"]


def test_a_killed_call_leaves_nothing_that_counts(workspace: Workspace) -> None:
    build(core(workspace), workspace)
    call = core(workspace, [BINS], ["2025-10-01"])
    call.forget(workspace)
    assert Ledger(workspace.warehouse, "core").stale({"2025-10-01": "any"}) == ["2025-10-01"]
    again = core(workspace)
    assert (again.members, again.names) == (["2025-10-01"], ["bins", "records"])


def test_marts_are_not_made_of_a_day_that_is_built_in_part(workspace: Workspace) -> None:
    build(core(workspace), workspace)
    build(core(workspace, [BINS], ["2025-10-03"], {**DAYS, "2025-10-03": "c"}), workspace)
    with pytest.raises(CoreInPiecesError, match=r"2025-10-03 is not built in one piece \(core/bytes"):
        marts(workspace, again=["2025Q4"])


def test_marts_are_not_made_of_days_built_from_other_data(workspace: Workspace) -> None:
    build(core(workspace), workspace)
    build(core(workspace, [BINS], ["2025-10-02"], {**DAYS, "2025-10-02": "changed"}), workspace)
    with pytest.raises(CoreInPiecesError, match=r"2025-10-02 is not built in one piece \(its tables differ"):
        marts(workspace)


def test_marts_are_not_made_with_networks_of_before(workspace: Workspace) -> None:
    build(core(workspace), workspace)
    build(core(workspace, [BYTES, BINS, KEYS], None, {**DAYS, "2025-10-03": "c"}), workspace)
    with pytest.raises(CoreInPiecesError, match="core/networks was not built since the days of core were"):
        marts(workspace)


def test_one_mart_brings_what_the_call_makes_it_from(workspace: Workspace) -> None:
    """The tables of a call hold the quarters of that call alone: those of the last one would be another quarter's."""
    build(core(workspace), workspace)
    build(marts(workspace), workspace)
    call = marts(workspace, [SHARES], ["2025Q4"])
    assert (call.names, call.members) == (["shares", "told", "traffic"], ["2025Q4"])


def test_a_quarter_alone_brings_the_names_that_are_published_of_the_quarter_before(workspace: Workspace) -> None:
    """It is compared under them: made without them, it would stay so when the quarter before is built later."""
    with duckdb.connect(workspace.warehouse) as database:
        database.execute("insert into core.traffic_bins values (date '2025-09-30')")
    days = {"2025-09-30": "z", **DAYS}
    build(core(workspace, days=days), workspace)
    call = marts(workspace, [SHARES], ["2025Q4"])
    assert (call.names, call.members) == (["shares", "labels", "told", "traffic"], ["2025Q3", "2025Q4"])
    build(call, workspace)
    assert marts(workspace, [SHARES], ["2025Q4"]).members == ["2025Q4"]
    build(core(workspace, days={**days, "2025-09-30": "changed"}), workspace)
    assert marts(workspace, [SHARES], ["2025Q4"]).members == ["2025Q3", "2025Q4"]


def test_a_quarter_is_in_one_piece_when_every_mart_of_it_is_built(workspace: Workspace) -> None:
    build(core(workspace), workspace)
    call = marts(workspace)
    call.forget(workspace)
    assert "marts" not in built_of(workspace.warehouse)
    call.remember(workspace)
    assert list(built_of(workspace.warehouse)["marts"]) == ["2025Q4"]


def test_a_decision_in_force_when_a_quarter_ends_makes_it_stale_and_one_that_expired_before_does_not(
    workspace: Workspace,
) -> None:
    build(core(workspace), workspace)
    build(marts(workspace), workspace)
    decide(workspace, decided_on=date(2025, 10, 1), expires_on=date(2025, 12, 30))
    assert marts(workspace).members == []
    decide(workspace, decided_on=date(2025, 10, 1), expires_on=None)
    assert marts(workspace).members == ["2025Q4"]


def test_a_view_of_the_days_of_a_call_is_written_anew_by_each_and_not_by_marts(workspace: Workspace) -> None:
    """It names its days: left as it is, the rows of the days before would be added once more."""
    build(core(workspace), workspace)
    assert "records" in core(workspace, [BINS], ["2025-10-01"]).names
    assert "sites" not in core(workspace, [BYTES], ["2025-10-01"]).names
    assert "records" not in marts(workspace).names


def test_the_published_copy_carries_what_was_built(workspace: Workspace) -> None:
    """Not what would be built now: one click on the copy after a seed had changed froze it for good."""
    build(core(workspace), workspace)
    build(marts(workspace), workspace)
    before = what_is_built(workspace)
    assert list(before) == ["2025Q4"]
    told = manifest()
    told["nodes"]["m.p.types"]["checksum"] = {"checksum": "another type"}  # type: ignore[index]
    write_manifest(workspace, told)
    assert what_is_built(workspace) == before
    build(core(workspace), workspace)
    build(marts(workspace), workspace)
    assert what_is_built(workspace) != before


@pytest.mark.parametrize(("gone", "kept"), [("regions", "shares"), ("shares", "regions")])
def test_a_mart_without_a_model_is_published_no_longer(workspace: Workspace, gone: str, kept: str) -> None:
    build(core(workspace), workspace)
    build(marts(workspace), workspace)
    before = what_is_built(workspace)
    with duckdb.connect(workspace.warehouse) as database:
        database.execute("create schema marts; create table marts.shares as select 1 as bits")
        database.execute("create table marts.regions as select 1 as bits")
        database.execute(f"create table core.{gone} as select 1 as bits")
    told = manifest()
    del told["nodes"][f"m.p.{gone}"]  # type: ignore[attr-defined]
    write_manifest(workspace, told)
    project = project_of(workspace)
    assert drop_without_model(workspace.warehouse, project, "marts") == [gone]
    assert drop_without_model(workspace.warehouse, project, "marts") == []
    with duckdb.connect(workspace.warehouse) as database:
        assert database.execute(f"from marts.{kept}").fetchall() == [(1,)]
        assert database.execute(f"from core.{gone}").fetchall() == [(1,)]
    assert what_is_built(workspace) != before


def test_marts_in_pieces_are_not_published(workspace: Workspace) -> None:
    with pytest.raises(MartsInPiecesError, match="core holds no traffic of any quarter"):
        what_is_built(workspace)
    build(core(workspace), workspace)
    call = marts(workspace)
    build(call, workspace)
    call.forget(workspace)
    remember(workspace.warehouse, {"marts/shares": call.builds["marts/shares"]})
    with pytest.raises(MartsInPiecesError, match="the marts of 2025Q4 are not built in one piece"):
        what_is_built(workspace)


def test_models_are_built_side_by_side_while_records_and_database_are_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path, tmp_path / "state", tmp_path, Calendar(date(2025, 10, 1)))
    assert is_small(workspace)
    records = workspace.lake.path(("exports", "flow_records"), Partition("export_on", date(2025, 10, 1)))
    for path, size in ((records, 3), (workspace.warehouse, 4)):
        path.parent.mkdir(parents=True)
        path.write_bytes(bytes(size))
    monkeypatch.setattr(calls, "MOST_BYTES_SIDE_BY_SIDE", 7)
    assert is_small(workspace)
    monkeypatch.setattr(calls, "MOST_BYTES_SIDE_BY_SIDE", 6)
    assert not is_small(workspace)


RECORDS_OF_DAYS = {"2025-10-01": 2, "2025-10-02": 3, "2025-10-03": 1, "2025-10-04": 7, "2025-10-05": 1}


@pytest.fixture
def portions(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """A call of five days, in portions of no more than five records."""
    for day, records in RECORDS_OF_DAYS.items():
        rows = pa.table({"bytes": list(range(records))})
        workspace.lake.write(
            FLOW_RECORDS, rows, fingerprint=day, partition=Partition("export_on", date.fromisoformat(day))
        )
    monkeypatch.setattr(calls, "MOST_RECORDS_OF_DAYS", 5)
    return in_portions(workspace, core(workspace, days=dict.fromkeys(RECORDS_OF_DAYS, "data")))


def test_days_are_built_in_portions_of_few_enough_records_and_a_larger_day_alone(portions: list[Call]) -> None:
    assert [portion.members for portion in portions] == [
        ["2025-10-01", "2025-10-02"],
        ["2025-10-03"],
        ["2025-10-04"],
        ["2025-10-05"],
    ]


def test_what_is_made_of_all_days_is_made_by_the_last_portion(portions: list[Call]) -> None:
    assert [portion.is_last for portion in portions] == [False, False, False, True]
    before = {tuple(sorted(portion.names)) for portion in portions[:-1]}
    assert before == {("bins", "bytes", "keys", "records", "sites")}
    assert sorted(portions[-1].names) == ["bins", "bytes", "keys", "networks", "records", "sites", "types"]


def test_the_ledger_says_the_same_after_all_portions_as_after_one_call(
    workspace: Workspace, portions: list[Call]
) -> None:
    for portion in portions:
        build(portion, workspace)
    in_portions_built = built_of(workspace.warehouse)
    again = core(workspace, again=list(RECORDS_OF_DAYS), days=dict.fromkeys(RECORDS_OF_DAYS, "data"))
    build(again, workspace)
    assert built_of(workspace.warehouse) == in_portions_built


def test_a_run_that_is_killed_goes_on_behind_the_last_portion_that_was_built(
    workspace: Workspace, portions: list[Call]
) -> None:
    build(portions[0], workspace)
    portions[1].forget(workspace)
    rest = core(workspace, days=dict.fromkeys(RECORDS_OF_DAYS, "data"))
    assert rest.members == ["2025-10-03", "2025-10-04", "2025-10-05"]


def test_a_small_call_and_one_without_days_stay_one(workspace: Workspace, portions: list[Call]) -> None:
    call = core(workspace, days={"2025-10-01": "data", "2025-10-02": "data"})
    assert in_portions(workspace, call) == [call]
    for portion in portions:
        build(portion, workspace)
    nothing = core(workspace, days=dict.fromkeys(RECORDS_OF_DAYS, "data"))
    assert in_portions(workspace, nothing) == [nothing]


def test_quarters_are_built_in_portions_of_few_enough_bins(
    workspace: Workspace, portions: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    for portion in portions:
        build(portion, workspace)
    monkeypatch.setattr(calls, "MOST_BINS_OF_QUARTERS", 2)
    with duckdb.connect(workspace.warehouse) as database:
        days = [f"(date '{day}')" for day in ("2026-01-01", "2026-01-02", "2026-04-01", "2026-04-02", "2026-07-01")]
        database.execute(f"insert into core.traffic_bins values {', '.join(days)}")
    call = marts(workspace)
    assert call.members == ["2025Q4"]
    quarters = ["2025Q4", "2026Q1", "2026Q2", "2026Q3"]
    builds = {"marts/shares": dict.fromkeys(quarters, "made"), "marts/regions": {"": "made"}}
    several = in_portions(workspace, replace(call, members=quarters, builds=builds))
    assert [(portion.members, portion.is_last) for portion in several] == [
        (["2025Q4"], False),
        (["2026Q1"], False),
        (["2026Q2"], False),
        (["2026Q3"], True),
    ]
    assert [sorted(portion.builds) for portion in several] == 3 * [["marts/shares"]] + [
        ["marts/regions", "marts/shares"]
    ]
    assert several[1].builds["marts/shares"] == {"2026Q1": "made"}
