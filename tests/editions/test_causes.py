"""What changed between two editions: which rows, registries and exports, in plain words that hold no address."""

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.ground.quarters import Quarter
from assets.warehouse.editions.causes import UNKNOWN, what_changed
from assets.warehouse.editions.made_from import keep_rows, kept_rows
from assets.warehouse.editions.rows import rows_of_table, without_addresses

Q4, MAP_ON = Quarter(2025, 4), date(2025, 12, 31)
DECIDED = {
    "prefix": None,
    "asn": 64500,
    "organisation": None,
    "network_type": "neocloud",
    "reason": "rents GPUs",
    "author": "ab",
    "decided_on": date(2025, 12, 12),
    "expires_on": None,
}
BEFORE: dict[str, Any] = {
    "registries": {"iptoasn": "2025-12-30", "aws": "2025-12-01"},
    "exports": {"days": 92, "flow records": 1_000},
    "platform": {"models": "m", "macros": "c"},
}


def changed(table: str, before: list[dict[str, Any]], now: list[dict[str, Any]]) -> tuple[str, ...]:
    """What two editions say of each other that differ in the rows of one table."""
    rows = {name: rows_of_table(table, some, Q4, MAP_ON, {}) for name, some in (("before", before), ("now", now))}
    return what_changed({"rows": {table: "before"}}, {"rows": {table: "now"}}, rows.get)


def test_a_decision_says_on_whom_what_and_why() -> None:
    first, other = DECIDED, {**DECIDED, "asn": 64501, "network_type": "hosting", "reason": "rents servers"}
    assert changed("overrides", [], [first]) == (
        "decision of 2025-12-12 on AS64500 added: network type neocloud (rents GPUs)",
    )
    assert changed("overrides", [first, other], [first]) == (
        "decision of 2025-12-12 on AS64501 removed: network type hosting (rents servers)",
    )
    assert changed("overrides", [first, other], [other, {**first, "network_type": "isp_regional"}]) == (
        "decision of 2025-12-12 on AS64500 changed: network type isp regional, neocloud before (rents GPUs)",
    )


@pytest.mark.parametrize(
    "cannot_count",
    [
        {"decided_on": date(2026, 1, 1)},
        {"decided_on": date(2025, 10, 1), "expires_on": date(2025, 12, 30)},
    ],
)
def test_a_decision_that_is_not_in_force_on_the_day_of_the_map_is_left_out(cannot_count: dict[str, Any]) -> None:
    assert changed("overrides", [], [{**DECIDED, **cannot_count}]) == (UNKNOWN,)


def test_a_decision_that_ends_before_the_day_of_the_map_is_one_that_was_removed() -> None:
    assert changed("overrides", [DECIDED], [{**DECIDED, "expires_on": date(2025, 12, 20)}]) == (
        "decision of 2025-12-12 on AS64500 removed: network type neocloud (rents GPUs)",
    )


def test_a_decision_on_an_organisation_or_a_prefix_names_it() -> None:
    named = {**DECIDED, "asn": None, "organisation": "Example GPU"}
    on_prefix = {**DECIDED, "asn": None, "prefix": "203.0.113.0/24"}
    assert [text.split(" added")[0] for text in changed("overrides", [], [named, on_prefix])] == [
        "decision of 2025-12-12 on 203.0.113.0/24",
        "decision of 2025-12-12 on Example GPU",
    ]


def test_own_prefixes_and_rows_of_exporters_say_what_became_of_them() -> None:
    assert changed("own_prefixes", [], [{"prefix": "198.51.100.0/24", "label": "servers"}]) == (
        "own prefix 198.51.100.0/24 added (servers)",
    )
    router = {"exporter": b"\0" * 16, "exporter_address": "192.0.2.7", "name": "lon-1", "sampling_interval": 500.0,
              "valid_from": None, "valid_to": None}  # fmt: skip
    assert changed("exporters", [router], [{**router, "sampling_interval": 1000.0}]) == (
        "exporter lon-1 changed: sampling interval 1000, 500 before",
    )
    assert changed("exporters", [router], [{**router, "exporter_address": "192.0.2.8"}]) == (
        "exporter lon-1 changed: exporter address",
    )


def test_a_row_that_holds_from_a_day_after_the_quarter_is_left_out() -> None:
    router = {"exporter_address": "192.0.2.7", "name": "lon-1", "valid_from": date(2026, 1, 1), "valid_to": None}
    assert changed("exporters", [], [router]) == (UNKNOWN,)


def test_an_interface_is_named_by_its_router() -> None:
    row = {"exporter": b"\0" * 16, "exporter_address": "192.0.2.7", "interface": "et-1", "if_index": 3,
           "role": "external", "valid_from": None, "valid_to": None}  # fmt: skip
    routers = {"192.0.2.7": "lon-1"}
    before, now = (rows_of_table("interfaces", rows, Q4, MAP_ON, routers) for rows in ([], [row]))
    found = what_changed({"rows": {"interfaces": "a"}}, {"rows": {"interfaces": "b"}}, {"a": before, "b": now}.get)
    assert found == ("interface lon-1 et-1 added",)


def test_reviewed_data_names_its_row_and_its_evidence() -> None:
    row = {"asn": "714", "organisation": "Apple", "network_type": "cdn", "evidence": "own pages", "valid_from": ""}
    assert changed("known_networks", [row], [{**row, "network_type": "hyperscaler"}]) == (
        "known network 714 changed: network type hyperscaler, cdn before (own pages)",
    )
    again = {**row, "organisation": "Another", "valid_from": "2025-11-01"}
    assert changed("known_networks", [row], [row, again]) == (
        "known network 714 Another added: network type cdn (own pages)",
    )


def test_settings_that_count_are_told_each_for_itself() -> None:
    row = {"operator": "x", "contact": "a@example.net", "own_asns": [64500], "suppression_minimum_unique_ips": 10}
    assert changed("settings", [row], [{**row, "contact": "b@example.net", "suppression_minimum_unique_ips": 5}]) == (
        "setting suppression minimum unique ips changed: 5, 10 before",
    )


def test_many_rows_are_told_by_their_number() -> None:
    rows = [{"prefix": f"203.0.{n}.0/24", "label": ""} for n in range(8)]
    found = changed("own_prefixes", [], rows)
    assert (len(found), found[-1]) == (6, "3 more rows of own prefixes")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("203.0.113.7/32", "within 203.0.113.0/24"),
        ("203.0.113.0/24", "203.0.113.0/24"),
        ("2001:db8:1:2::/64", "within 2001:db8:1::/48"),
        ("seen at 203.0.113.7, and 2001:db8::7.", "seen at (address), and (address)."),
        ("since 12:30 of v1.2", "since 12:30 of v1.2"),
    ],
)
def test_no_address_is_kept_or_told(text: str, expected: str) -> None:
    assert without_addresses(text) == expected


def test_registries_exports_and_code_are_told_by_their_dates_and_names() -> None:
    now = {
        "registries": {"iptoasn": "2026-01-10", "gcp": "2026-01-11"},
        "exports": {"days": 92, "flow records": 1_200},
        "platform": {"models": "n", "macros": "c"},
    }
    assert what_changed(BEFORE, now, lambda _: None) == (
        "registry aws is not used any more",
        "registry gcp of 2026-01-11 is new",
        "registry iptoasn of 2026-01-10 (2025-12-30 before)",
        "exports: 1,200 flow records (1,000 before)",
        "Network Stats itself: its models",
    )


def test_rows_that_are_kept_no_more_are_told_by_their_table() -> None:
    before, now = {"rows": {"exporters": "a"}}, {"rows": {"exporters": "b"}}
    assert what_changed(before, now, lambda _: None) == ("exporters, of which the rows before are not kept any more",)
    assert what_changed({}, now, lambda _: None) == ("exporters, of which the rows before are not kept any more",)


def test_what_has_no_noted_cause_says_so() -> None:
    assert what_changed(BEFORE, BEFORE, lambda _: None) == (UNKNOWN,)


def test_rows_are_kept_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    rows = [{"prefix": "198.51.100.0/24", "label": "servers"}]
    name = keep_rows(tmp_path, rows)
    assert keep_rows(tmp_path, rows) == name
    (kept,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept.stat().st_mode & 0o777 == 0o600
    assert (kept_rows(tmp_path, name), kept_rows(tmp_path, "other")) == (rows, None)


def test_rows_of_the_lake_hold_no_binary_addresses() -> None:
    table = pa.table({"exporter": pa.array([b"\1" * 16], pa.binary(16)), "name": ["lon-1"]})
    assert rows_of_table("exporters", table.to_pylist(), Q4, MAP_ON, {}) == [{"name": "lon-1"}]
