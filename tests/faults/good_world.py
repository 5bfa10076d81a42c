"""A good world: three routers over eight weeks, with weekends, growth and noise, made by the real models in memory.

Belongs here: the world, and making it again after its sources were changed. Does not belong here: faults (one module a
topic), what is said of them (test_faults).
"""

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from compiled_models import CompiledModels
from world import FLOW_EXPORTS, PLAN_AS_OF, World, health

from assets.exports.decoded_day import EXPORT_LOSSES
from assets.exports.formats._export_health import EXPORT_HEALTH
from assets.exports.formats._flow_record import FLOW_RECORD
from assets.ground.lake import Partition
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.warehouse.ledger import remember
from checks._conservation import ACCOUNTED
from checks.marts import MEASURED, PARTS, WHOLES

WEST, EAST, NORTH = (f"198.51.100.{n}" for n in (1, 2, 3))
ROUTERS = {WEST: 1000.0, EAST: 100.0, NORTH: 2000.0}
FIRST, DAYS = date(2025, 11, 24), 56
LAST = FIRST + timedelta(days=DAYS - 1)
QUARTERS = ("2025Q4", "2026Q1")
# By peer: the part of a router's bytes that comes from it.
PEERS = {
    "30.1.0": 0.25,
    "30.3.0": 0.30,
    "30.4.0": 0.20,
    "30.5.0": 0.10,
    "30.6.0": 0.10,
    "2a00:1:0:1:": 0.05,
}
KNOWN = {
    23112: "Fluidstack",
    714: "Apple",
    2906: "Netflix Open Connect",
    6724: "Strato",
    577: "Bell Canada",
}
ORIGINS = {
    "30.1.0.0/16": 23112,
    "30.3.0.0/16": 714,
    "30.4.0.0/16": 2906,
    "30.5.0.0/16": 6724,
    "30.6.0.0/16": 577,
    "2a00:1::/32": 23112,
}
FILES = {
    "operator.yaml": f"""
name: Good world
simulated: true
own_asns: [64500]
tracking_began_on: {FIRST}
flow_sources:
  - address: exports/{{date}}
registries:
  - name: ip_to_asn
suppression: {{minimum_unique_ips: 1, maximum_share_of_one_network: 1}}
""",
    "exporters.csv": f"""
exporter,name,site,sampling_interval,as_numbers,metering,active_timeout_s,valid_from,valid_to
{WEST},west,LAX1,,ignore,ingress,300,,
{EAST},east,IAD1,,ignore,ingress,300,,
{NORTH},north,YYZ1,,ignore,ingress,300,,
""",
    "interfaces.csv": "exporter,interface,if_index,role,connectivity,provider,speed_bps,valid_from,valid_to"
    + "".join(
        f"\n{router},et-1,1,external,transit,,100000000000,,"
        f"\n{router},lag-2,2,internal,internal,,100000000000,,"
        f"\n{router},et-3,3,external,peering,,100000000000,,"
        for router in ROUTERS
    ),
    "own_prefixes.csv": "prefix,label\n192.0.2.0/24,servers\n2001:db8:1::/48,servers\n",
    "sites.csv": "site,metro,region\nLAX1,Los Angeles,us-west\nIAD1,Ashburn,us-east\nYYZ1,Toronto,ca-east\n",
    "regions.csv": "region,label,position\nus-west,US-West,1\nus-east,US-East,2\nca-east,CA-East,3\n",
}
WANTED = (
    *("conservation", "exporter_bins", "export_files", "export_losses", "metering_twins", "double_counting"),
    *("record_days", "peer_address_days", "networks", "network_keys", "network_types_by_quarter", "registry_sources"),
    *(set(MEASURED) | set(PARTS) | set(WHOLES)),
)
SOURCES = (
    *("exports.flow_records", "exports.export_health", "exports.flow_exports", "exports.export_losses"),
    *("operator.exporters", "operator.interfaces", "operator.overrides", "registry.address_ranges"),
)


def days() -> list[date]:
    return [FIRST + timedelta(days=number) for number in range(DAYS)]


def records(seed: int) -> list[dict[str, Any]]:
    """Every four hours one flow of each peer at each router and way; a fifth less at weekends, growing by 1% a week."""
    chance = random.Random(seed)
    return [
        _record(chance, router, day, hour, peer, way)
        for day in days()
        for router in ROUTERS
        for hour in range(1, 24, 4)
        for peer in PEERS
        for way in ("ingress", "egress")
    ]


def _record(chance: random.Random, router: str, day: date, hour: int, peer: str, way: str) -> dict[str, Any]:
    weekend = 0.8 if day.isoweekday() > 5 else 1.0
    growth = 1.01 ** ((day - FIRST).days / 7)
    octets = int(4e7 * PEERS[peer] * weekend * growth * chance.uniform(0.9, 1.1))
    start = datetime(day.year, day.month, day.day, hour, chance.randrange(50), tzinfo=UTC)
    end = start + timedelta(seconds=60)
    is_v6 = peer.endswith(":")
    far = f"{peer}:{chance.randrange(1, 40):x}" if is_v6 else f"{peer}.{chance.randrange(1, 40)}"
    near = "2001:db8:1::1" if is_v6 else f"192.0.2.{chance.randrange(1, 5)}"
    outside = chance.choice((1, 3))
    source, destination = (far, near) if way == "ingress" else (near, far)
    return {
        "export_on": day,
        "source_file": f"{router}.pcap",
        "exporter": router,
        "observation_domain": 0,
        "flow_protocol": "netflow_v9",
        "received_at": end + timedelta(seconds=chance.randrange(1, 20)),
        "start_at": start,
        "end_at": end,
        "src_addr": source,
        "dst_addr": destination,
        "ip_version": 6 if is_v6 else 4,
        "src_port": chance.randrange(1024, 65536),
        "dst_port": 443,
        "protocol": chance.choice((6, 6, 6, 17)),
        "bytes": octets,
        "packets": octets // 1000,
        "sampling_interval": ROUTERS[router],
        "sampling_source": "record",
        "is_scaled": False,
        "in_if": outside if way == "ingress" else 2,
        "out_if": 2 if way == "ingress" else outside,
        "plan_as_of": PLAN_AS_OF,
    }


def _files() -> list[dict[str, Any]]:
    return [
        {
            "export_on": day,
            "source": "exports",
            "source_file": f"{router}.pcap",
            "file_bytes": 100,
            "sha256": f"{day} {router}",
            "is_complete": True,
            "state": "pulled",
        }
        for day in days()
        for router in ROUTERS
    ]


@cache
def _health() -> pa.Table:
    """Every router was heard in every bin."""
    heard = [one for router in ROUTERS for one in health(days(), range(288), router)]
    return pa.Table.from_pylist(heard, schema=EXPORT_HEALTH)


PULLS = [
    {"source": "ip_to_asn", "outcome": "stored", "reason": None, "as_of": as_of, "confirmed_on": LAST,
     "is_at_fault": False, "is_used": is_used}
    for as_of, is_used in ((date(2025, 12, 1), True),)
]  # fmt: skip


@dataclass
class Broken:
    """A copy of the good world to put one fault into: its sources, its warehouse or its lake."""

    workspace: Workspace
    models: CompiledModels
    is_changed: bool = field(default=False)

    def source(self, statement: str) -> None:
        """Change a table of the schemas exports, operator or registry, from which all is then made again."""
        self.models.database.execute(statement)
        self.is_changed = True

    def made(self, *statements: str) -> None:
        """Change a table of core or the marts as it is."""
        self.made_again()
        with duckdb.connect(self.workspace.warehouse) as database:
            for statement in statements:
                database.execute(statement)

    def made_again(self) -> None:
        """Make core and marts of the sources as they are now."""
        if self.is_changed:
            keep(self.models, self.workspace)
            self.is_changed = False

    def written(self, key: tuple[str, str], rows: pa.Table, partition: Partition | None = None) -> None:
        """Another table of the lake in place of one."""
        self.workspace.lake.write(key, rows, fingerprint="broken", partition=partition)


class GoodWorld:
    """The models with the sources of the good world, and a folder with all that checks read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (operator := folder / "operator").mkdir(parents=True)
        for name, text in FILES.items():
            (operator / name).write_text(text.lstrip())
        self.world = World(folder / "state", operator, ORIGINS, {}, KNOWN)
        self.world.write_registries()
        self.models = CompiledModels(self.world, days(), QUARTERS, wanted=WANTED)
        self.workspace = Workspace(operator, folder / "state", folder, Calendar(FIRST))
        self.write_registry_tables()
        self.fill(seed=0)

    def write_registry_tables(self) -> None:
        """What pulls left: two snapshots of a source, and the plan before the one in force."""
        lake = self.workspace.lake
        lake.write(("registry", "pulls"), pa.Table.from_pylist(PULLS, schema=_pulls()), fingerprint="good")
        for as_of, rows in ((date(2025, 11, 1), 1000), (date(2025, 12, 1), 1010)):
            lake.write(
                ("registry", "ip_to_asn"),
                pa.table({"asn": list(range(rows))}),
                fingerprint="good",
                partition=Partition("as_of", as_of),
            )
        before = PLAN_AS_OF - timedelta(days=30)
        plan = self.world.plan.table
        lake.write(("registry", "address_ranges"), plan, fingerprint="good", partition=Partition("plan_as_of", before))

    def fill(self, seed: int) -> None:
        """Other records by chance, of which core and marts are made."""
        made = [self.world.resolved(one) for one in records(seed)]
        by_day: dict[date, list[dict[str, Any]]] = {}
        for one in made:
            by_day.setdefault(one["export_on"], []).append(one)
        for day, rows in by_day.items():
            self.workspace.lake.write(
                ("exports", "flow_records"),
                pa.Table.from_pylist(rows, schema=FLOW_RECORD),
                fingerprint="good",
                partition=Partition("export_on", day),
            )
        tables = {
            "flow_records": pa.Table.from_pylist(made, schema=FLOW_RECORD),
            "export_health": _health(),
            "flow_exports": pa.Table.from_pylist(_files(), schema=FLOW_EXPORTS),
            "export_losses": pa.Table.from_pylist([], schema=EXPORT_LOSSES),
        }
        self.models.run(**tables)
        write_counters(self.models, self.workspace)
        self.models.database.execute("create schema if not exists pristine")
        for source in SOURCES:
            name = source.replace(".", "_")
            self.models.database.execute(f"create or replace table pristine.{name} as from {source}")
        keep(self.models, self.workspace, is_made=True)

    def broken(self, folder: Path) -> Broken:
        """A copy of what checks read, with the sources as they were at first."""
        state = folder / "state"
        shutil.copytree(self.workspace.state / "lake", state / "lake")
        shutil.copytree(self.workspace.state / "warehouse", state / "warehouse")
        operator = folder / "operator"
        shutil.copytree(self.workspace.operator_folder, operator)
        for source in SOURCES:
            self.models.database.execute(
                f"create or replace table {source} as from pristine.{source.replace('.', '_')}"
            )
        return Broken(Workspace(operator, state, folder, Calendar(FIRST)), self.models)


def write_counters(models: CompiledModels, workspace: Workspace) -> None:
    """What the routers' own counters told every four hours: the octets of flows, and 3% for the headers of frames.

    Those of what came in wrap at 64 bits on the way, those of what went out begin anew at the turn of the year.
    """
    path = workspace.operator_folder / "interface_counters.csv"
    models.database.execute(f"""
        copy (
            with moments as (
                select unnest(generate_series(
                    timestamp '{FIRST}', timestamp '{LAST + timedelta(days=1)}', interval 4 hour
                )) as read_at
            ),
            moved as (
                select exporter, interface, direction, sum(bits) * 1.03 / 8 as octets,
                    time_bucket(interval 4 hour, bin_at) + interval 4 hour as read_at
                from core.placed_traffic_bins group by all
            ),
            links as (select distinct exporter, interface from moved)
            select links.exporter, links.interface, read_at,
                cast((18446743073709551616::hugeint + cast(sum(coalesce(inward.octets, 0)) over so_far as hugeint))
                    % 18446744073709551616::hugeint as ubigint) as in_octets,
                cast(sum(coalesce(outward.octets, 0)) over since_it_began as ubigint) as out_octets
            from links cross join moments
            left join (from moved where direction = 'ingress') as inward using (exporter, interface, read_at)
            left join (from moved where direction = 'egress') as outward using (exporter, interface, read_at)
            window
                so_far as (partition by links.exporter, links.interface order by read_at),
                since_it_began as (
                    partition by links.exporter, links.interface, read_at < '2026-01-01 02:00:00' order by read_at
                )
            order by all
        ) to '{path}' (header)
    """)


def keep(models: CompiledModels, workspace: Workspace, *, is_made: bool = False) -> None:
    """Run the models of the sources as they are, and write what checks read of them: the warehouse, and the lake."""
    if not is_made:
        models.run()
    workspace.warehouse.parent.mkdir(parents=True, exist_ok=True)
    workspace.warehouse.unlink(missing_ok=True)
    database = models.database
    database.execute(f"attach '{workspace.warehouse}' as kept")
    for schema, name in _tables(database):
        database.execute(f"create schema if not exists kept.{schema}")
        database.execute(f"create table kept.{schema}.{name} as from working.{schema}.{name}")
    database.execute("detach kept")
    for name in ("exporters", "interfaces", "overrides"):
        path = workspace.lake.path(("operator", name))
        database.execute(f"copy operator.{name} to '{path}'")
    plan = workspace.lake.path(("registry", "address_ranges"), Partition("plan_as_of", PLAN_AS_OF))
    newest = f"select * exclude (plan_as_of) from registry.address_ranges where plan_as_of = '{PLAN_AS_OF}'"
    database.execute(f"copy ({newest}) to '{plan}'")
    remember(workspace.warehouse, {ACCOUNTED: {str(day): "good" for day in days()}})


def _tables(database: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    yield from database.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = 'working' "
        "and schema_name in ('core', 'marts', 'seeds')"
    ).fetchall()


def _pulls() -> pa.Schema:
    kinds = {"as_of": pa.date32(), "confirmed_on": pa.date32(), "is_at_fault": pa.bool_(), "is_used": pa.bool_()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in PULLS[0]])
