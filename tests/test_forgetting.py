"""Ranges of addresses that are forgotten: what stands in their place, and that none of them is told any more."""

import gzip
import hashlib
from datetime import date
from ipaddress import ip_address, ip_network
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from assets.exports.formats import FLOW_RECORD
from assets.exports.rows import FLOW_EXPORTS, write_rows
from assets.ground.addresses import parse_prefix, sixteen_bytes
from assets.ground.lake import Partition
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.warehouse.address_search import Needle, places_with
from assets.warehouse.address_sketches import KEY as SKETCHES
from assets.warehouse.address_sketches import RETIRED
from assets.warehouse.forgetting import NotReadyError, forget
from assets.warehouse.freed_blocks import has_freed_blocks
from assets.warehouse.ledger import Ledger
from assets.warehouse.pseudonyms import Pseudonyms, RangeError
from assets.warehouse.sketches import CELL, sketch_cells
from tests.beside import a_reader

PROJECT = Path(__file__).parents[1]
DAY, LATER = date(2025, 8, 1), date(2025, 8, 2)
V4, V6 = parse_prefix("203.0.113.0/24"), parse_prefix("2001:db8:7::/48")
KEY = bytes(range(16))
CREATE = """
create schema core;
create table core.peer_address_days (export_on date, ip_version utinyint, peer_address blob, subscriber blob);
create table core.quarter_peer_addresses (quarter varchar, peer_address blob, subscriber blob);
create view core.placed_peer_address_days as
select
    export_on, export_on as event_on, 'as:64500' as network_key, null as "override", null as region,
    'ingress' as direction, ip_version, 1.0 as sampling_interval, peer_address
from core.peer_address_days
"""


def packed(address: str) -> bytes:
    return sixteen_bytes(ip_address(address))


def hashed(address: bytes) -> bytes:
    return hashlib.blake2b(address, digest_size=20, key=KEY).digest()


FORGOTTEN = [packed("203.0.113.9"), packed("2001:db8:7:1::5"), packed("2001:db8:7:1::6")]
KEPT = [packed("203.0.112.9"), packed("2001:db8:8:1::5")]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Two export days of core, the first with addresses, the second with hashes and retired; nothing in the lake."""
    made = Workspace(tmp_path, tmp_path / "state", PROJECT / "dbt_project", Calendar(DAY))
    made.warehouse.parent.mkdir(parents=True)
    with duckdb.connect(made.warehouse) as database:
        database.execute(CREATE)
        for address in (*FORGOTTEN, *KEPT):
            v6 = address[:12] != bytes(10) + b"\xff\xff"
            subscriber = address[:8] if v6 else address
            for day, shown in ((DAY, bytes), (LATER, hashed)):
                row = [day, 6 if v6 else 4, shown(address), shown(subscriber)]
                database.execute("insert into core.peer_address_days values (?, ?, ?, ?)", row)
    Ledger(made.warehouse, "core").remember({str(DAY): "a", str(LATER): "b"})
    Ledger(made.warehouse, RETIRED).remember({str(LATER): "b"})
    return made


def addresses(workspace: Workspace, day: date) -> list[bytes]:
    with duckdb.connect(workspace.warehouse) as database:
        found = database.execute(
            "select peer_address from core.peer_address_days where export_on = ? order by rowid", [day]
        )
        return [one for (one,) in found.fetchall()]


def counts(workspace: Workspace) -> list[tuple[object, ...]]:
    with duckdb.connect(workspace.warehouse) as database:
        return database.execute(
            "select export_on, ip_version, count(distinct peer_address), count(distinct subscriber) "
            "from core.peer_address_days group by all order by all"
        ).fetchall()


def write_sketches(workspace: Workspace, day: date, *many: int) -> None:
    """Sketches of the day's addresses by IP version, and beside them one of so many others."""
    cells = pa.Table.from_pylist(
        [
            {"export_on": day, "event_on": day, "network_key": key, "ip_version": version, "direction": "ingress"}
            for key, version in [("as:1", 4), ("as:2", 6), *(("as:3", 4) for _ in many)]
        ],
        schema=CELL,
    )
    v4 = [one for one in (*FORGOTTEN, *KEPT) if one[10:12] == b"\xff\xff"]
    v6 = [one for one in (*FORGOTTEN, *KEPT) if one not in v4]
    others = [packed("10.0.0.0")[:12] + number.to_bytes(4) for count in many for number in range(count)]
    content = np.frombuffer(b"".join([*v4, *v6, *others]), np.uint8).reshape(-1, 16)
    table = sketch_cells(cells, content, np.array([len(v4), len(v6), *many]))
    workspace.lake.write(SKETCHES, table, fingerprint="made up", partition=Partition("export_on", day))


def unique_ips(workspace: Workspace, day: date) -> list[int]:
    counted: list[int] = workspace.lake.read(SKETCHES, Partition("export_on", day))["unique_ips"].to_pylist()
    return counted


@pytest.mark.parametrize("network", [V4, V6], ids=str)
def test_others_of_nobody_stand_for_addresses_one_for_each(network: object) -> None:
    instead = Pseudonyms(network)  # type: ignore[arg-type]
    others = [instead.of(one) for one in FORGOTTEN if Needle(network).covers(one)]  # type: ignore[arg-type]
    assert len({*others}) == len(others) > 0
    assert all(one.startswith(b"\x01\x00") and len(one) == 16 for one in others)
    assert others == [instead.of(one) for one in FORGOTTEN if Needle(network).covers(one)]  # type: ignore[arg-type]
    assert [instead.of(one) for one in KEPT] == KEPT


def test_what_shares_a_64_shares_one_again() -> None:
    instead = Pseudonyms(V6)
    one, other = instead.of(FORGOTTEN[1]), instead.of(FORGOTTEN[2])
    assert one != other and one[:8] == other[:8] == instead.of(FORGOTTEN[1][:8])


@pytest.mark.parametrize("text", ["2001:db8:7:1::5/128", "10.0.0.0/7", "2001:db8::/32"])
def test_a_range_that_is_a_part_of_a_64_or_too_wide_is_refused(text: str) -> None:
    with pytest.raises(RangeError, match="name"):
        Pseudonyms(parse_prefix(text))


def test_addresses_and_hashes_of_a_range_leave_all_tables_and_counts_stay(workspace: Workspace) -> None:
    before = counts(workspace)
    forgotten = [forget(workspace, network, KEY) for network in (V4, V6)]
    assert [one.rows for one in forgotten] == [{"core.peer_address_days": 4}, {"core.peer_address_days": 8}]
    assert {*addresses(workspace, DAY)} & {*FORGOTTEN} == set()
    assert {*addresses(workspace, LATER)} & {*map(hashed, FORGOTTEN)} == set()
    assert {*addresses(workspace, DAY)} > {*KEPT} and {*addresses(workspace, LATER)} > {*map(hashed, KEPT)}
    assert counts(workspace) == before
    assert not has_freed_blocks(workspace.warehouse)
    assert forget(workspace, V4, KEY).rows == {}


def test_hashes_are_not_passed_over_without_their_key(workspace: Workspace) -> None:
    before = addresses(workspace, DAY)
    with pytest.raises(NotReadyError, match="set NETSTATS_HASHING_KEY"):
        forget(workspace, V4, None)
    assert addresses(workspace, DAY) == before


def test_sketches_of_few_addresses_tell_the_range_no_more_and_count_the_same(workspace: Workspace) -> None:
    write_sketches(workspace, LATER)
    before = unique_ips(workspace, LATER)
    assert places_with(workspace, V4) == [
        f"lake/sketches/peer_addresses/export_on={LATER}/peer_addresses.parquet, sketch",
        "warehouse/working.duckdb, core.peer_address_days.peer_address",
        "warehouse/working.duckdb, core.peer_address_days.subscriber",
        "warehouse/working.duckdb",
    ]
    assert forget(workspace, V4, KEY).sketches == [LATER]
    assert places_with(workspace, V4) == []
    assert unique_ips(workspace, LATER) == before == [2, 2]


def test_sketches_of_many_are_made_anew_where_core_has_addresses_and_told_where_not(workspace: Workspace) -> None:
    for day in (DAY, LATER):
        write_sketches(workspace, day, 5000)
    told = forget(workspace, V4, KEY)
    assert (told.sketches, told.registers) == ([DAY, LATER], [LATER])
    assert unique_ips(workspace, DAY) == [2, 2]


def test_what_was_set_aside_or_withdrawn_goes_where_it_may_tell_the_range(workspace: Workspace) -> None:
    partition = Partition("export_on", DAY)
    aside = workspace.quarantine / str(DAY) / "exports"
    files = workspace.lake.root / "exports" / "flow_exports" / partition.folder / "files"
    for path, content in {
        aside / "notes.txt": b"203.0.113.9 called\n",
        aside / "other.txt": b"203.0.114.9 called\n",
        files / "old.pcap.gz": gzip.compress(b"\x45\x00" + bytes([203, 0, 113, 77])),
        files / "older.pcap": b"\x45\x00" + bytes([203, 0, 114, 77]),
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    told = {
        **dict.fromkeys(FLOW_EXPORTS.names),
        "export_on": DAY,
        "source": "x",
        "is_complete": True,
        "state": "withdrawn",
    }
    names = ("old.pcap.gz", "older.pcap")
    rows = [{**told, "source_file": one, "kept_as": f"{partition.folder}/files/{one}"} for one in names]
    write_rows(workspace.lake, partition, rows)
    assert [path.name for path in forget(workspace, V4, KEY).files] == ["old.pcap.gz", "notes.txt"]
    assert sorted(path.name for path in aside.iterdir()) == ["other.txt"]


def test_a_day_that_core_does_not_hold_as_it_is_is_not_forgotten_in_part(workspace: Workspace) -> None:
    """Its next build would bring the addresses back."""
    row = dict.fromkeys(FLOW_RECORD.names) | {"export_on": DAY, "src_addr": FORGOTTEN[0], "dst_addr": KEPT[0]}
    nullable = pa.schema([field.with_nullable(True) for field in FLOW_RECORD])
    table = pa.Table.from_pylist([row], schema=nullable)
    key = ("exports", "flow_records")
    workspace.lake.write(key, table, fingerprint="made up", partition=Partition("export_on", DAY))
    manifest = workspace.dbt_target / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text('{"metadata": {"project_name": "p"}, "macros": {}, "sources": {}, "nodes": {}}')
    for name in ("exporters", "interfaces", "overrides", "settings", "sites", "own_prefixes"):
        workspace.lake.write(("operator", name), pa.table({"a": pa.array([], pa.int64())}), fingerprint="made up")
    workspace.lake.write(
        ("operator", "check_limits"), pa.table({"check": pa.array([], pa.string())}), fingerprint="made up"
    )
    with pytest.raises(NotReadyError, match="run `netstats build`"):
        forget(workspace, V4, KEY)
    assert FORGOTTEN[0] in addresses(workspace, DAY)


@pytest.mark.parametrize(
    ("written", "is_told"),
    [
        (packed("203.0.113.200"), True),
        (b"from 203.0.113.7, port 4", True),
        (b"1203.0.113.7 and 203.0.113.7.1", False),
        (b"203.0.112.7", False),
        (bytes([203, 0, 113, 7]), False),
    ],
)
def test_how_an_address_may_be_written(written: bytes, is_told: bool) -> None:
    assert Needle(ip_network("203.0.113.0/24")).is_in(written) is is_told


def test_a_reader_of_the_warehouse_is_waited_for(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with a_reader(workspace.warehouse, monkeypatch) as process:
        assert forget(workspace, V4, KEY).rows
    said = f"{workspace.warehouse} is in use (process {process}); waiting until it is free\n"
    assert capsys.readouterr().err == said
