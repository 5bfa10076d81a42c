"""Days of peer addresses on their way from addresses to hashes to sketches alone."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shutil import copytree, ignore_patterns

import dagster as dg
import duckdb
import pytest

from assets.ground.lake import Lake
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.operator.model import RetentionDays
from assets.warehouse import address_retention, address_sketches
from assets.warehouse.address_contract import AddressTable, UndeclaredColumn
from assets.warehouse.address_retention import by_whole_quarters, retire, retired_quarters
from assets.warehouse.address_sketches import KEY, RETIRED, days_to_sketch, partition_of
from assets.warehouse.freed_blocks import has_freed_blocks, rewrite
from assets.warehouse.ledger import Ledger

PROJECT = Path(__file__).parents[1]
HASHING_KEY = bytes(range(16))
V4 = bytes(10) + b"\xff\xff" + bytes([198, 51, 100, 7])
V6 = bytes.fromhex("20010db8000000070000000000000001")
OURS = bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 1])
OTHER_V6 = V6[:15] + b"\x02"
FIRST, SECOND, THIRD = date(2025, 8, 1), date(2025, 8, 2), date(2025, 8, 3)
CREATE = """
create schema core;
create table core.peer_address_days (
    export_on date, event_on date, network_key varchar, "override" varchar, region varchar, direction varchar,
    ip_version utinyint, sampling_interval double, peer_address blob, subscriber blob, bits decimal(38, 0)
);
create table core.conversation_bins (export_on date, own_address blob, peer_address blob, bits decimal(38, 0));
create view core.placed_peer_address_days as from core.peer_address_days;
create table core.quarter_peer_addresses (quarter varchar, peer_address blob, subscriber blob)
"""


@dataclass(frozen=True)
class House:
    """A warehouse of three days, each with one IPv4 address and two IPv6 addresses of one /64."""

    workspace: Workspace

    def run(self, sql: str, *parameters: object) -> list[tuple[object, ...]]:
        with duckdb.connect(self.workspace.warehouse) as database:
            return database.execute(sql, list(parameters)).fetchall()

    def sketch(self) -> dict[str, object]:
        made = dg.materialize([_spec(), *address_sketches.define(self.workspace)], selection=[dg.AssetKey(KEY)])
        (event,) = made.asset_materializations_for_node("sketches__peer_addresses")
        return {name: value.value for name, value in event.metadata.items()}

    def version_of_sketches(self) -> str:
        made = dg.materialize([_spec(), *address_sketches.define(self.workspace)], selection=[dg.AssetKey(KEY)])
        (event,) = made.asset_materializations_for_node("sketches__peer_addresses")
        return str((event.tags or {})["dagster/data_version"])

    def retire(self, today: date) -> list[list[date]]:
        retention = RetentionDays(addresses=10, hashes=20)
        retired = retire(self.workspace, retention, today=today, key=HASHING_KEY)
        return [retired.hashed, retired.dropped, retired.without_sketch]

    def files(self) -> dict[date, bytes]:
        lake = self.workspace.lake
        return {one.on: lake.path(KEY, one).read_bytes() for one in lake.partitions(KEY, "export_on")}

    def build(self, day: date, fingerprint: str) -> None:
        """Core of a day, as dbt builds it."""
        for table in ("peer_address_days", "conversation_bins"):
            self.run(f"delete from core.{table} where export_on = ?", day)
        for address, version in ((V4, 4), (V6, 6), (OTHER_V6, 6)):
            row = [day, day, "as:64500", None, None, "ingress", version, 1.0, address]
            row += [address[:8] if version == 6 else address, 800]
            self.run(f"insert into core.peer_address_days values ({', '.join('?' * len(row))})", *row)
        self.run("insert into core.conversation_bins values (?, ?, ?, 800), (?, null, ?, 800)", day, OURS, V4, day, V6)
        Ledger(self.workspace.warehouse, "core").remember({day.isoformat(): fingerprint})


def _spec() -> dg.AssetSpec:
    return dg.AssetSpec(dg.AssetKey(["core", "peer_address_days"]))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(Workspace(tmp_path, tmp_path, PROJECT / "dbt_project", Calendar(FIRST)))
    made.workspace.warehouse.parent.mkdir(parents=True)
    made.run(CREATE)
    for day in (FIRST, SECOND, THIRD):
        made.build(day, "a")
    yield made


def test_days_are_sketched_once_and_again_only_where_core_was_built_anew(house: House) -> None:
    assert house.sketch() == {"days_made": 3, "days_kept_without_addresses": 0}
    before = house.files()
    assert house.sketch()["days_made"] == 0
    house.build(SECOND, "b")
    assert house.sketch()["days_made"] == 1
    house.build(SECOND, "a")
    assert house.sketch()["days_made"] == 1
    assert house.files() == before
    table = house.workspace.lake.read(KEY, partition_of(FIRST))
    assert table.select(["ip_version", "unique_ips"]).to_pylist() == [
        {"ip_version": 4, "unique_ips": 1},
        {"ip_version": 6, "unique_ips": 1},
    ]


def test_addresses_become_hashes_and_then_go_by_their_age(house: House) -> None:
    house.sketch()
    before = house.files()
    assert house.retire(date(2025, 8, 12)) == [[FIRST], [], []]
    hashed = [hashlib.blake2b(one, digest_size=20, key=HASHING_KEY).digest() for one in (V4, V6, OTHER_V6)]
    found = "select peer_address from core.peer_address_days where export_on = ? order by ip_version, peer_address"
    assert [row[0] for row in house.run(found, FIRST)] == [hashed[0], *sorted(hashed[1:])]
    assert [row[0] for row in house.run(found, SECOND)] == [V4, V6, OTHER_V6]
    assert house.retire(date(2025, 8, 12)) == [[], [], []]
    assert house.retire(date(2025, 8, 23)) == [[THIRD], [FIRST, SECOND], []]
    assert house.run("select distinct export_on from core.peer_address_days") == [(THIRD,)]
    assert house.sketch()["days_made"] == 0
    assert house.files() == before


def test_without_a_key_nothing_is_hashed_and_what_waits_is_told_while_hashes_go(house: House) -> None:
    house.sketch()
    house.retire(date(2025, 8, 12))
    retention = RetentionDays(addresses=10, hashes=20)
    left = retire(house.workspace, retention, today=date(2025, 8, 22), key=None)
    assert (left.hashed, left.dropped, left.without_key) == ([], [FIRST], [SECOND, THIRD])
    assert house.run("select distinct export_on from core.peer_address_days order by all") == [(SECOND,), (THIRD,)]


def test_hashed_days_count_as_their_addresses_did(house: House) -> None:
    house.sketch()
    counts = """
        select count(distinct subscriber), count(distinct peer_address) filter (where ip_version = 6), sum(bits)
        from core.peer_address_days
    """
    before = house.run(counts)
    house.retire(date(2025, 8, 14))
    assert house.run(counts) == before == [(2, 2, 7200)]
    assert house.run("select min(octet_length(subscriber)) from core.peer_address_days") == [(20,)]


def test_a_day_without_current_sketches_keeps_its_addresses(house: House) -> None:
    house.sketch()
    house.build(SECOND, "b")
    assert house.retire(date(2025, 9, 30)) == [[], [FIRST, THIRD], [SECOND]]
    assert house.run("select distinct export_on from core.peer_address_days") == [(SECOND,)]


def test_sketches_are_never_made_again_of_hashes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.sketch()
    house.retire(date(2025, 8, 12))
    before = house.files()
    monkeypatch.setattr(address_sketches, "CODE", house.workspace.state)
    assert house.sketch() == {"days_made": 2, "days_kept_without_addresses": 1}
    assert house.files()[FIRST] == before[FIRST]


def test_a_day_with_neither_addresses_nor_sketch_is_an_error(house: House) -> None:
    house.sketch()
    house.retire(date(2025, 8, 12))
    house.workspace.lake.path(KEY, partition_of(FIRST)).unlink()
    with duckdb.connect(house.workspace.warehouse) as database, pytest.raises(FileNotFoundError, match="2025-08-01"):
        days_to_sketch(database, Lake(house.workspace.lake.root))


def test_a_day_built_from_its_exports_again_is_sketched_and_retired_again(house: House) -> None:
    house.sketch()
    house.retire(date(2025, 8, 12))
    house.build(FIRST, "b")
    assert Ledger(house.workspace.warehouse, RETIRED).stale({FIRST.isoformat(): "a"}) == []
    assert house.sketch()["days_made"] == 1
    assert house.retire(date(2025, 8, 12)) == [[FIRST], [], []]


def test_a_short_key_is_refused(house: House) -> None:
    with pytest.raises(ValueError, match="16 random ones"):
        retire(house.workspace, RetentionDays(), today=THIRD, key=b"short")


def test_all_tables_that_hold_addresses_let_them_go_together(house: House) -> None:
    house.sketch()
    house.run("insert into core.quarter_peer_addresses values ('2025Q3', ?, ?), ('2025Q4', ?, ?)", V4, V4, V6, V6)
    house.retire(date(2025, 8, 12))
    ours, v4, v6 = (hashlib.blake2b(one, digest_size=20, key=HASHING_KEY).digest() for one in (OURS, V4, V6))
    found = "select own_address, peer_address from core.conversation_bins where export_on = ? order by own_address"
    assert house.run(found, FIRST) == [(ours, v4), (None, v6)]
    assert house.run(found, SECOND) == [(OURS, V4), (None, V6)]
    assert house.run("select quarter from core.quarter_peer_addresses") == [("2025Q4",)]
    assert house.retire(date(2025, 8, 23)) == [[THIRD], [FIRST, SECOND], []]
    assert house.run("select distinct export_on from core.conversation_bins") == [(THIRD,)]


def test_what_an_older_version_left_in_one_table_is_hashed_too(house: House) -> None:
    house.sketch()
    house.retire(date(2025, 8, 12))
    house.run(
        "update core.conversation_bins set peer_address = ? where export_on = ? and own_address is null", V6, FIRST
    )
    assert house.retire(date(2025, 8, 12)) == [[FIRST], [], []]
    assert house.run(
        "select min(octet_length(peer_address)) from core.conversation_bins where export_on = ?", FIRST
    ) == [(20,)]


def test_a_killed_run_leaves_a_day_as_it_was_and_is_completed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.sketch()
    before = (
        house.run("from core.peer_address_days order by all"),
        house.run("from core.conversation_bins order by all"),
    )
    hide = address_retention.hide_addresses

    def hide_one_table(database: duckdb.DuckDBPyConnection, table: AddressTable, day: date, key: bytes) -> None:
        if table.name == "core.peer_address_days":
            raise KeyboardInterrupt
        hide(database, table, day, key)

    monkeypatch.setattr(address_retention, "hide_addresses", hide_one_table)
    with pytest.raises(KeyboardInterrupt):
        house.retire(date(2025, 8, 14))
    now = house.run("from core.peer_address_days order by all"), house.run("from core.conversation_bins order by all")
    assert now == before
    assert has_freed_blocks(house.workspace.warehouse)
    monkeypatch.undo()
    assert house.retire(date(2025, 8, 14)) == [[FIRST, SECOND, THIRD], [], []]


def test_a_column_of_bytes_that_says_nothing_is_refused(house: House) -> None:
    house.sketch()
    house.run("create table core.left_by_an_older_version (export_on date, peer blob)")
    with pytest.raises(UndeclaredColumn, match=r"core\.left_by_an_older_version\.peer is of bytes"):
        house.retire(date(2025, 8, 12))


def test_the_file_is_rewritten_without_what_was_deleted(house: House) -> None:
    house.sketch()
    file = house.workspace.warehouse
    assert V6 in file.read_bytes()
    unfinished, spilled = file.with_name(f".{file.name}.1.writing"), file.with_name(f"{file.name}.tmp") / "rows"
    unfinished.write_bytes(V6)
    spilled.parent.mkdir()
    spilled.write_bytes(V6)
    house.run("create view core.addresses as select peer_address from core.peer_address_days")
    house.retire(date(2025, 9, 30))
    assert has_freed_blocks(file)
    rewrite(file)
    assert not has_freed_blocks(file)
    assert [path for path in file.parent.rglob("*") if path.is_file() and V6 in path.read_bytes()] == []
    assert house.run("from core.addresses") == []
    assert retired_quarters(file) == {"2025Q3"}


def test_the_days_of_a_quarter_fall_due_together() -> None:
    retention = RetentionDays(addresses=10, hashes=100)
    # 2025-12-31 is the last export day of its quarter; ten days later it is no older than ten days.
    assert by_whole_quarters(retention, date(2026, 1, 10)).addresses == 101
    assert by_whole_quarters(retention, date(2026, 1, 11)).addresses == 10
    assert by_whole_quarters(retention, date(2026, 1, 11)).hashes == 102


def test_a_quarter_with_retired_days_is_told_until_they_are_built_again(house: House) -> None:
    house.sketch()
    assert retired_quarters(house.workspace.warehouse) == set()
    house.retire(date(2025, 8, 12))
    assert retired_quarters(house.workspace.warehouse) == {"2025Q3"}
    house.build(FIRST, "b")
    assert retired_quarters(house.workspace.warehouse) == set()


def test_the_command_retires_by_the_operators_days(house: House, tmp_path: Path) -> None:
    house.sketch()
    operator = tmp_path / "some_operator"
    copytree(PROJECT / "operators" / "demo", operator, ignore=ignore_patterns("exports"))
    (tmp_path / "states").mkdir()
    (tmp_path / "states" / operator.name).symlink_to(house.workspace.state)

    def retire_on(today: str, key: str = HASHING_KEY.hex()) -> list[str]:
        environment = {"NETSTATS_OPERATOR": str(operator), "NETSTATS_STATE": str(tmp_path / "states")}
        main = "from orchestration.commands.cli import main; main()"
        command = [sys.executable, "-c", main, "retire", "--today", today]
        told = subprocess.run(
            command,
            cwd=PROJECT,
            env={**os.environ, **environment, "NETSTATS_HASHING_KEY": key},
            capture_output=True,
            text=True,
            check=False,
        )
        return (told.stdout + told.stderr).splitlines()

    # The demo keeps addresses for 200 days: 2025-09-30 is older than that from 2026-04-19 on.
    assert retire_on("2026-04-18") == ["exports: none", "hashed:  none", "dropped: none"]
    assert retire_on("2026-04-19") == [
        "exports: none",
        "hashed:  3 export days, 2025-08-01 to 2025-08-03",
        "dropped: none",
    ]
    (refused,) = retire_on("2026-04-19", "00ff")
    assert "NETSTATS_HASHING_KEY has 2 bytes" in refused


def test_sketches_tell_dagster_a_version_that_follows_core_and_nothing_else(house: House) -> None:
    versions = [house.version_of_sketches(), house.version_of_sketches()]
    house.build(SECOND, "b")
    versions.append(house.version_of_sketches())
    assert versions[0] == versions[1] != versions[2]
    assert len(versions[0]) == 32
