"""What a person is told at the end of a build: counted from rows written by hand, and in words with remedies."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
import yaml

from assets.ground.workspace import Workspace
from assets.operator import FlowSource, Operator
from orchestration.commands.account import Arrived, Counted, arrived, counts_by_quarter, traffic
from orchestration.commands.account_lines import (
    SET_APART,
    arrival_lines,
    ranges_text,
    share_text,
    traffic_lines,
    why_nothing,
)
from tests.orchestration.conftest import PROJECT, Put

TENTH, ELEVENTH, TWELFTH = date(2025, 11, 10), date(2025, 11, 11), date(2025, 11, 12)
DAYS = [TENTH, ELEVENTH, TWELFTH]
HAND_WRITTEN = [
    (TENTH, "127.0.0.2", "published", 6, 600),
    (TENTH, "127.0.0.2", "transit", 1, 100),
    (ELEVENTH, "192.0.2.9", "published", 2, 250),
    (ELEVENTH, "20010db8000000000000000000000001", "unknown_sampling", 1, 50),
]


def built(put: Put, *days: date) -> None:
    put("ledger.built", [("core", str(day), "made") for day in days])


def test_every_record_is_counted_under_its_reason(workspace: Workspace, operator: Operator, put: Put) -> None:
    built(put, TENTH, ELEVENTH)
    put("core.conservation", HAND_WRITTEN)
    put("core.exporter_bins", [(TENTH, "127.0.0.2", 10, 3, False), (ELEVENTH, "192.0.2.9", 3, 0, True)])
    put("core.typed_traffic_bins", [(TENTH, "cdn", 6800), (ELEVENTH, "unclassified", 200)])
    losses = [(TENTH, "cut_file", 1, "copy it whole"), (ELEVENTH, "cut_file", 1, "copy it whole")]
    put("core.export_losses", [*losses, (TWELFTH, "malformed", 9, "of a day that is not built")])
    made = traffic(workspace, operator, DAYS)
    assert made.days == [TENTH, ELEVENTH]
    assert (made.records, made.exported_bytes, made.lost, made.is_lost_estimated) == (10, 1000, 3, False)
    assert made.set_apart == {"transit": Counted(1, 100), "unknown_sampling": Counted(1, 50)}
    assert made.without_row == {"192.0.2.9": 250, "2001:db8::1": 50}
    assert made.unclassified == 200 / 7000
    assert list(traffic_lines(made)) == [
        "records        10, and 3 lost on the way to the collector",
        "not read       cut file 2: copy it whole",
        f"set apart      transit, 10.0% of bytes (1 record): {SET_APART['transit']}",
        f"               unknown sampling, 5.0% of bytes (1 record): {SET_APART['unknown_sampling']}",
        "without a row  exporter 192.0.2.9, 25.0% of bytes: add its row to exporters.csv, else its site and region are "
        "unknown",
        "               exporter 2001:db8::1, 5.0% of bytes: add its row to exporters.csv, else its site and region "
        "are unknown",
        "unclassified   2.9% of bits: `netstats review` lists the networks to decide on",
    ]


def test_a_day_that_core_was_not_built_of_to_the_end_is_not_counted(
    workspace: Workspace, operator: Operator, put: Put
) -> None:
    built(put, TENTH)
    put("core.conservation", HAND_WRITTEN)
    assert traffic(workspace, operator, DAYS).records == 7
    assert traffic(workspace, operator, [ELEVENTH]).records == 0
    assert counts_by_quarter(workspace)[next(iter(counts_by_quarter(workspace)))] == {
        "published": Counted(6, 600),
        "transit": Counted(1, 100),
    }


def test_before_the_first_build_nothing_is_counted(workspace: Workspace, operator: Operator) -> None:
    assert traffic(workspace, operator, DAYS).days == []
    assert counts_by_quarter(workspace) == {}


def test_an_exporter_whose_row_is_not_in_force_on_the_day_has_none(
    workspace: Workspace, operator: Operator, put: Put
) -> None:
    rows = [(day, "127.0.0.2", "published", 1, 10) for day in DAYS]
    built(put, *DAYS)
    put("core.conservation", rows)
    later = replace(operator, exporters=tuple(replace(row, valid_to=ELEVENTH) for row in operator.exporters))
    assert traffic(workspace, operator, DAYS).without_row == {}
    assert traffic(workspace, later, DAYS).without_row == {"127.0.0.2": 10}


@pytest.mark.parametrize(
    ("expected", "lost", "is_estimate", "told"),
    [
        (10, 0, False, "1, and none lost on the way to the collector"),
        (10, 4, True, "1, and about 4 lost on the way to the collector"),
        (0, 0, False, "1, of files that do not tell what was lost"),
    ],
)
def test_what_was_lost_is_said_as_far_as_the_files_tell(
    workspace: Workspace, operator: Operator, put: Put, expected: int, lost: int, is_estimate: bool, told: str
) -> None:
    built(put, TENTH)
    put("core.conservation", [(TENTH, "127.0.0.2", "published", 1, 10)])
    put("core.exporter_bins", [(TENTH, "127.0.0.2", expected, lost, is_estimate)])
    assert next(traffic_lines(traffic(workspace, operator, [TENTH]))) == f"records        {told}"


def test_all_traffic_set_apart_is_said_with_its_remedy(workspace: Workspace, operator: Operator, put: Put) -> None:
    built(put, TENTH)
    put("core.conservation", [(TENTH, "127.0.0.2", "transit", 4, 9999), (TENTH, "127.0.0.2", "internal", 1, 1)])
    made = traffic(workspace, operator, [TENTH])
    assert list(why_nothing(Arrived({TENTH: [{"state": "pulled"}]}), made)) == [
        f"all traffic was set apart, over 99.9% of it as transit: {SET_APART['transit']}"
    ]
    assert "published      nothing: all traffic was set apart" in list(traffic_lines(made))


def test_days_without_files_are_named_with_the_places_that_were_looked_at(
    workspace: Workspace, operator: Operator, came: Callable[..., None]
) -> None:
    came(TENTH, {"exports/a": {"content_sha256": "a"}, "exports/b": {"content_sha256": "b", "state": "duplicate"}})
    came(TWELFTH, {"exports/a": {"content_sha256": "c", "state": "withdrawn"}})
    found = arrived(workspace, DAYS)
    assert (found.days_with_exports, found.files) == (1, 1)
    assert list(arrival_lines(operator, found)) == [
        "days           1 of 3 with flow exports (1 file)",
        "               no file came for 2 days: 2025-11-11 to 2025-11-12; looked for 2025-11-11 in "
        f"{operator.folder / 'exports' / '2025-11-11'}: if they lie elsewhere, mend the addresses in flow_sources of "
        "operator.yaml",
    ]
    assert list(why_nothing(found, traffic(workspace, operator, DAYS))) == []
    assert list(why_nothing(arrived(workspace, [ELEVENTH]), traffic(workspace, operator, [ELEVENTH]))) == [
        "no file came for any of the days: nothing new is published"
    ]


def test_files_that_cannot_be_used_are_named_with_reason_and_remedy(
    workspace: Workspace, operator: Operator, came: Callable[..., None]
) -> None:
    fault = {"state": "quarantined", "reason": "is text", "remedy": "remove it", "kept_as": None}
    came(TENTH, {"exports/notes.txt": fault})
    found = arrived(workspace, [TENTH])
    told = list(arrival_lines(operator, found))
    assert told[1:] == [
        "               no file can be used of 1 day: 2025-11-10",
        "               set aside: 2025-11-10/exports/notes.txt: is text; remove it",
    ]
    assert list(why_nothing(found, traffic(workspace, operator, [TENTH]))) == [
        "no file of any of the days can be used: nothing new is published"
    ]


def test_a_source_that_gave_nothing_while_others_did_is_named(
    workspace: Workspace, operator: Operator, came: Callable[..., None]
) -> None:
    sources = (*operator.flow_sources, FlowSource("other/{date}"))
    two = replace(operator, settings=replace(operator.settings, flow_sources=sources))
    came(TENTH, {"exports/a": {"content_sha256": "a"}})
    told = list(arrival_lines(two, arrived(workspace, [TENTH])))
    assert told[1:] == ["               the source other/{date} gave nothing for 1 day: 2025-11-10"]


def test_every_reason_of_core_has_a_remedy() -> None:
    folder = PROJECT / "dbt_project" / "models" / "core" / "by_export_day"
    [model] = yaml.safe_load((folder / "conservation.yml").read_text(encoding="utf-8"))["models"]
    [reason] = [column for column in model["columns"] if column["name"] == "reason"]
    values = reason["data_tests"][0]["accepted_values"]["arguments"]["values"]
    assert {*SET_APART, "published"} == set(values)


def test_shares_and_ranges_say_no_more_than_is_so() -> None:
    assert [share_text(part, 10_000) for part in (0, 1, 123, 9_999, 10_000)] == [
        "0.0%", "under 0.1%", "1.2%", "over 99.9%", "100.0%",
    ]  # fmt: skip
    assert share_text(0, 0) == "0.0%"
    gaps = [date(2025, 11, day) for day in (1, 2, 4, 6, 8, 10, 12, 14)]
    assert ranges_text(gaps) == (
        "2025-11-01 to 2025-11-02, 2025-11-04, 2025-11-06, 2025-11-08, 2025-11-10 and 2 more gaps"
    )
