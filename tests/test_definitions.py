"""The house as Dagster sees it: what there is, what runs together, and that it loads without a warning."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest
import yaml

from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from orchestration import automation
from orchestration.runs import partition_range

PROJECT = Path(__file__).parents[1]
REF = r"ref\('(\w+)'\)"
LOAD = """
import warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"(?!orchestration|assets|checks)")
import dagster as dg
from orchestration import definitions
loaded = definitions.build()
for job in ("daily", "quarterly", "marts", "reports", "retention"):
    keys = loaded.resolve_job_def(job).asset_layer.executable_asset_keys
    print(job, " ".join(sorted(key.to_user_string() for key in keys)))
graph = loaded.resolve_asset_graph()
guarded = graph.get_ancestor_asset_keys(dg.AssetKey(["published", "marts"]))
checked = {f"{key.asset_key.to_user_string()}:{key.name}": key.asset_key in guarded for key in graph.asset_check_keys}
print("guarding", *sorted(name for name, guards in checked.items() if guards))
print("idle", *sorted(name for name, guards in checked.items() if not guards))
for name, divided in (("daily_parts", "0 0 * * *"), ("quarterly_parts", "0 0 1 1,4,7,10 *")):
    parts = {key: graph.get(key).partitions_def for key in graph.materializable_asset_keys}
    print(name, *sorted(key.to_user_string() for key, part in parts.items() if part and part.cron_schedule == divided))
for name, told in (
    ("ownerless", lambda one: one.owners),
    ("undescribed", lambda one: one.description),
    ("kindless", lambda one: one.kinds),
    ("codeless", lambda one: one.code_version),
    ("unreferenced", lambda one: "dagster/code_references" in one.metadata),
):
    print(name, *sorted(k.to_user_string() for k in graph.materializable_asset_keys if not told(graph.get(k))))
schema = graph.get(dg.AssetKey(["marts", "metro_quarterly"])).metadata["dagster/column_schema"]
print("origins", *next(column.description for column in schema.columns if column.name == "bits").split())
alone = [one for one in loaded.assets if one.can_subset or len(list(one.keys)) == 1]
print("alone", *sorted(key.to_user_string() for one in alone for key in one.keys))
print("all", *sorted(key.to_user_string() for key in graph.materializable_asset_keys))
exposed = [key for key in graph.get_all_asset_keys() if key.path[0] == "exposures"]
print("exposed", *(f"{key.path[1]}<{one.path[1]}" for key in exposed for one in graph.get(key).parent_keys))
print("exposed_and_made", *(key.path[1] for key in exposed if graph.get(key).is_materializable))
for name, told in (("following", "automation_condition"), ("fresh", "freshness_policy")):
    having = [graph.get(k) for k in graph.materializable_asset_keys if getattr(graph.get(k), told)]
    print(name, *sorted({one.group_name for one in having}))
unmade = graph.get_all_asset_keys() - graph.materializable_asset_keys
print("unmade", *sorted(key.to_user_string() for key in unmade if key not in exposed or graph.get(key).child_keys))
for key in graph.materializable_asset_keys:
    of_room = [one.to_user_string() for one in graph.get(key).parent_keys if one.path[0] == "exports"]
    print(f"exports_of_{key.to_user_string()}", *of_room)
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The assets of each job and the checks that the published marts wait for or do not (`guarding`, `idle`), from a
    process that takes every warning for an error."""
    environment = {**os.environ, "NETSTATS_OPERATOR": "demo", "NETSTATS_STATE": str(tmp_path_factory.mktemp("state"))}
    done = subprocess.run(
        [sys.executable, "-c", LOAD], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    return {line[0]: set(line[1:]) for line in lines if line}


def test_the_daily_job_goes_from_exports_to_core(loaded: dict[str, set[str]]) -> None:
    wanted = {
        "exports/flow_exports",
        "exports/flow_records",
        "exports/export_health",
        "registry/ip_to_asn",
        "registry/networks",
        "registry/address_ranges",
        "core/traffic_bins",
        "core/conservation",
    }
    assert wanted <= loaded["daily"]
    assert not any(key.startswith(("marts/", "published/", "reports/", "retention/")) for key in loaded["daily"])


def test_columns_are_shown_with_their_origins(loaded: dict[str, set[str]]) -> None:
    assert {"From", "core/measured_cells.bits."} <= loaded["origins"]


def test_what_is_too_old_goes_by_a_job_of_its_own(loaded: dict[str, set[str]]) -> None:
    assert loaded["retention"] == {"retention/let_go"}


def test_schedules_and_sensors_are_on_until_somebody_switches_them_off() -> None:
    workspace = Workspace(PROJECT, PROJECT, PROJECT, Calendar(date(2025, 8, 1)))
    schedules = {one.name: one.default_status for one in automation.schedules(workspace)}
    assert schedules == dict.fromkeys(["every_night", "every_quarter", "every_day"], dg.DefaultScheduleStatus.RUNNING)
    sensors = {one.default_status for one in automation.sensors(workspace)}
    assert sensors == {dg.DefaultSensorStatus.RUNNING}


def test_the_quarterly_job_goes_from_core_to_the_reports(loaded: dict[str, set[str]]) -> None:
    reports = {
        *("reports/editions", "reports/quarter_comparison", "reports/dataset_release"),
        *("reports/drawn_bundle", "reports/chart_bundle"),
    }
    marts = {"marts/network_type_monthly", "marts/quarter_over_quarter", "published/marts"}
    assert reports | marts <= loaded["quarterly"]
    assert loaded["reports"] == reports
    assert loaded["quarterly"] - loaded["marts"] == reports
    assert not loaded["quarterly"] & loaded["daily"]


def test_core_is_divided_by_export_day_and_marts_by_quarter(loaded: dict[str, set[str]]) -> None:
    assert {"core/traffic_bins", "core/conservation", "exports/flow_records"} <= loaded["daily_parts"]
    assert {"marts/network_type_quarterly", "reports/chart_bundle"} <= loaded["quarterly_parts"]
    assert not loaded["daily_parts"] & loaded["quarterly_parts"]


def test_the_published_marts_wait_for_every_check(loaded: dict[str, set[str]]) -> None:
    """Those of the signs of neoclouds guard the list that `netstats review` shows, which is not published; those of
    drawn pages stand between the published marts and the pages."""
    assert {name.partition(":")[0] for name in loaded["idle"]} == {"seeds/neocloud_signs", "reports/drawn_bundle"}
    assert loaded["guarding"] >= {
        "core/conservation:bytes_are_conserved",
        "core/metering_twins:dropped_records_have_twins",
    }


@pytest.mark.parametrize(
    ("made", "first"),
    [
        ([date(2025, 12, day) for day in (28, 29, 30, 31)], date(2026, 1, 1)),
        ([date(2025, 12, day) for day in (28, 30)], date(2025, 12, 29)),
        ([], date(2025, 12, 28)),
        ([*(date(2025, 12, day) for day in (28, 29, 30, 31)), date(2026, 1, 1)], date(2026, 1, 1)),
    ],
)
def test_a_night_asks_for_the_day_that_ended_and_all_from_the_first_that_is_missing(
    tmp_path: Path, made: list[date], first: date
) -> None:
    """Tracking began on 28 December; a run that failed, or a machine that was off, is made up by the next night."""
    every_night, *_ = automation.schedules(Workspace(PROJECT, PROJECT, PROJECT, Calendar(date(2025, 12, 28))))
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for day in made:
            told = dg.AssetMaterialization(automation.CORE_OF_A_DAY, partition=day.isoformat())
            instance.report_runless_asset_event(told)
        at = datetime(2026, 1, 2, 2, tzinfo=UTC)
        with dg.build_schedule_context(instance, scheduled_execution_time=at) as night:
            request = every_night(night)
    assert request.run_key == "2026-01-01"
    assert request.tags == partition_range(first.isoformat(), "2026-01-01")


def test_a_night_lists_a_week_again_of_sources_of_other_machines(tmp_path: Path) -> None:
    for name in ("exporters", "interfaces", "sites", "regions", "own_prefixes"):
        source = PROJECT / "tests" / "operators" / "real_exports" / f"{name}.csv"
        (tmp_path / source.name).write_bytes(source.read_bytes())
    told = {"name": "x", "tracking_began_on": "2025-12-01", "flow_sources": [{"address": "s3://flows/{date}/x"}]}
    (tmp_path / "operator.yaml").write_text(json.dumps(told))
    every_night, *_ = automation.schedules(Workspace(tmp_path, tmp_path, PROJECT, Calendar(date(2025, 12, 1))))
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        for day in range(1, 32):
            made = dg.AssetMaterialization(automation.CORE_OF_A_DAY, partition=f"2025-12-{day:02}")
            instance.report_runless_asset_event(made)
        at = datetime(2026, 1, 1, 2, tzinfo=UTC)
        with dg.build_schedule_context(instance, scheduled_execution_time=at) as night:
            assert every_night(night).tags == partition_range("2025-12-25", "2025-12-31")


def test_no_night_is_asked_for_of_an_operator_that_is_simulated(tmp_path: Path) -> None:
    workspace = Workspace(PROJECT / "operators" / "demo", tmp_path, PROJECT, Calendar(date(2025, 8, 1)))
    for schedule in automation.schedules(workspace)[:2]:
        with dg.build_schedule_context(scheduled_execution_time=datetime(2026, 1, 1, 2, tzinfo=UTC)) as night:
            assert isinstance(schedule(night), dg.SkipReason)


@pytest.mark.parametrize(
    ("days", "quarters"),
    [
        (("2025-12-30", "2025-12-31"), ["2025-10-01"]),
        (("2025-12-30", "2026-01-01"), ["2025-10-01"]),
        (("2026-01-02", "2026-01-02"), ["2025-10-01"]),
        (("2026-01-03", "2026-01-03"), []),
        (("2025-09-30", "2025-09-30"), []),
    ],
)
def test_days_of_a_quarter_that_has_its_report_make_it_again(
    tmp_path: Path, days: tuple[str, str], quarters: list[str]
) -> None:
    """2025Q4 ended and has a report; 2025Q3 has none, and 2026Q1 may still run."""
    workspace = Workspace(PROJECT, tmp_path, PROJECT, Calendar(date(2025, 8, 1)))
    for quarter in ("2025Q4", "2026Q1"):
        page = workspace.reports / quarter / "index.html"
        page.parent.mkdir(parents=True)
        page.touch()
    run = dg.DagsterRun("daily", tags=partition_range(*days))
    found = automation.restated_quarters(workspace, run, date(2026, 1, 5))
    assert [quarter.began_on.isoformat() for quarter in found] == quarters


def test_a_quarters_second_day_asks_for_the_quarter_that_ended() -> None:
    _, every_quarter, _ = automation.schedules(Workspace(PROJECT, PROJECT, PROJECT, Calendar(date(2025, 8, 1))))
    quarter = dg.build_schedule_context(scheduled_execution_time=datetime(2026, 1, 2, 6, tzinfo=UTC))
    assert every_quarter(quarter).partition_key == "2025-10-01"


def test_every_asset_says_whose_and_what_it_is_and_where_its_code_stands(loaded: dict[str, set[str]]) -> None:
    assert {name: loaded[name] for name in ("ownerless", "undescribed", "kindless", "unreferenced")} == {
        "ownerless": set(),
        "undescribed": set(),
        "kindless": set(),
        "unreferenced": set(),
    }


def test_every_table_that_another_is_made_from_is_made_here(loaded: dict[str, set[str]]) -> None:
    """One that no asset makes has no owner, no day and no version, and nothing that reads it is ever stale by it."""
    assert loaded["unmade"] == set()


def test_a_day_of_core_follows_the_exports_of_that_day(loaded: dict[str, set[str]]) -> None:
    """Between the two stand views of all days, whose version is that of their SQL: no changed day shows through."""
    core = {key for key in loaded["daily_parts"] if key.startswith("core/")}
    assert {"core/traffic_bins", "core/links", "core/peer_places", "core/network_keys"} <= core
    assert {key for key in core if not loaded[f"exports_of_{key}"]} == set()
    assert loaded["exports_of_core/exporter_bins"] == {"exports/export_health"}
    assert loaded["exports_of_core/export_losses"] == {"exports/export_losses"}
    assert loaded["exports_of_core/traffic_bins"] == {"exports/flow_records"}


def test_marts_follow_what_they_are_made_of(loaded: dict[str, set[str]]) -> None:
    assert loaded["following"] == {"by_quarter", "marts"}


def test_what_must_be_fresh_says_for_how_long(loaded: dict[str, set[str]]) -> None:
    assert loaded["fresh"] == {"exports", "registry", "marts", "reports"}


FOLLOWING = """
import datetime, warnings
warnings.simplefilter("ignore")
import dagster as dg
from orchestration import definitions
loaded = definitions.build()
graph, instance = loaded.resolve_asset_graph(), dg.DagsterInstance.ephemeral()
now = datetime.datetime(2025, 11, 16, 3, tzinfo=datetime.UTC)
before = dg.evaluate_automation_conditions(loaded, instance, evaluation_time=now)
for key in (dg.AssetKey(["core", "peer_address_days"]), dg.AssetKey(["core", "typed_peer_address_days"])):
    partition = "2025-11-15" if graph.get(key).partitions_def else None
    instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=partition))
after = dg.evaluate_automation_conditions(
    loaded, instance, cursor=before.cursor, evaluation_time=now + datetime.timedelta(minutes=1)
)
for key in sorted(graph.materializable_asset_keys):
    if after.get_num_requested(key):
        print(key.to_user_string(), *sorted(map(str, after.get_requested_partitions(key))))
"""


def test_a_day_of_core_asks_for_the_running_quarter_and_for_no_day(tmp_path: Path) -> None:
    environment = {**os.environ, "NETSTATS_OPERATOR": "demo", "NETSTATS_STATE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", FOLLOWING], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    asked = [line.split() for line in done.stdout.splitlines() if "/" in line.split(" ")[0]]
    assert ["core/quarter_addresses", "2025-10-01"] in asked, done.stderr
    assert {partition for _, partition in asked} == {"2025-10-01"}
    assert {key.split("/")[0] for key, _ in asked} == {"core", "marts"}


def test_lineage_goes_on_from_marts_to_the_charts_and_pages_that_read_them(loaded: dict[str, set[str]]) -> None:
    exposures = yaml.safe_load((PROJECT / "dbt_project" / "models" / "exposures.yml").read_text(encoding="utf-8"))
    read = {
        f"{one['name']}<{re.fullmatch(REF, mart)[1]}" for one in exposures["exposures"] for mart in one["depends_on"]
    }
    assert loaded["exposed"] == read and "chart_metro_map<metro_network_type_quarterly" in read
    assert loaded["exposed_and_made"] == set()


def test_every_asset_can_be_chosen_alone(loaded: dict[str, set[str]]) -> None:
    """Dagster refuses one of several that are made together, unless they say that a part of them may be chosen."""
    assert loaded["alone"] == loaded["all"]


def test_a_changed_decoder_or_model_shows_as_stale(loaded: dict[str, set[str]]) -> None:
    """As `netstats build` finds it: what is made again when its code changes tells Dagster of its code."""
    rooms = ("exports/flow_records", "exports/export_health", "seeds/", "staging/", "intermediate/", "core/", "marts/")
    more = ("registry/", "sketches/", "reports/drawn_bundle", "reports/chart_bundle")
    codeless = loaded["codeless"] - {"registry/sources", "registry/pulls"}
    assert [one for one in sorted(codeless) if one.startswith((*rooms, *more))] == []
