"""A small lake, written row by row, and the warehouse that dbt makes of it.

Belongs here: writing the lake's tables with sane defaults, and calling dbt.
Does not belong here: the records of a case (each test module has its own), or what is expected of them.
"""

import ipaddress
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from assets.exports.decoded_day import EXPORT_LOSSES
from assets.exports.formats._export_health import EXPORT_HEALTH
from assets.exports.formats._flow_record import FLOW_RECORD
from assets.exports.formats._losses import LOSSES
from assets.ground.lake import Lake, Partition
from assets.ground.quarters import Quarter
from assets.operator import load_operator, operator_tables
from assets.registry.address_plan import AddressPlan
from assets.registry.source import CLOUD_RANGES, DELEGATIONS, NETWORK_EVIDENCE, NETWORKS, PREFIX_ORIGINS
from assets.warehouse.dbt_process import Dbt
from assets.warehouse.parsed_project import make_parsed

PROJECT = Path(__file__).resolve().parents[2]
PLAN_AS_OF = date(2025, 6, 17)
EXTERNAL, INTERNAL = 1, 2
LARGEST_PACKET = 65_535
OURS = {4: "192.0.2.1", 6: "2001:db8:1::1"}

FLOW_EXPORTS = pa.schema(
    [
        ("export_on", pa.date32()),
        ("source", pa.string()),
        ("source_file", pa.string()),
        ("exporter_hint", pa.string()),
        ("file_bytes", pa.uint64()),
        ("sha256", pa.string()),
        ("is_complete", pa.bool_()),
        ("state", pa.string()),
        ("reason", pa.string()),
        ("remedy", pa.string()),
    ]
)
SOURCE_COLUMNS = {
    "source": "made_up",
    "producer": "Nobody",
    "title": "Made-up registry",
    "address": "https://example.net/registry",
    "licence": "CC0",
    "citation": "none",
    "may_be_redistributed": True,
    "as_of": PLAN_AS_OF,
    "visible_credit": None,
    "visible_credit_address": None,
}


def moment(text: str) -> datetime:
    """A moment in UTC, of text such as `2025-10-05 12:01:00.250`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def address(text: str) -> bytes:
    """An address in 16 bytes, IPv4 mapped."""
    packed = ipaddress.ip_address(text).packed
    return packed if len(packed) == 16 else bytes(10) + b"\xff\xff" + packed


def record(at: str, peer: str, *, seconds: float = 60, way: str = "ingress", **columns: Any) -> dict[str, Any]:
    """A FLOW_RECORD row: `peer` sent to us (or, `way` egress, we to it) from `at` for `seconds`, unsampled.

    Any column may be given by name, addresses as text; the export day is that of `received_at`, the end by default.
    Ten packets, unless these could not hold the bytes.
    """
    start, ours = moment(at), OURS[ipaddress.ip_address(peer).version]
    ends = (peer, ours) if way == "ingress" else (ours, peer)
    interfaces = (EXTERNAL, INTERNAL) if way == "ingress" else (INTERNAL, EXTERNAL)
    octets = columns.get("bytes", 1000)
    end = start + timedelta(seconds=seconds)
    row = {
        "source_file": "made_up.pcap",
        "exporter": "198.51.100.1",
        "observation_domain": 0,
        "flow_protocol": "netflow_v9",
        "received_at": end,
        "start_at": start,
        "end_at": end,
        "src_addr": ends[0],
        "dst_addr": ends[1],
        "bytes": 1000,
        "packets": 10 if octets <= 10 * LARGEST_PACKET else -(-octets // 1500),
        "sampling_interval": 1.0,
        "sampling_source": "record",
        "is_scaled": False,
        "in_if": interfaces[0],
        "out_if": interfaces[1],
        "plan_as_of": PLAN_AS_OF,
        **columns,
    }
    row["ip_version"] = ipaddress.ip_address(row["src_addr"]).version
    row["export_on"] = row["received_at"].date()
    return row


def health(
    days: Iterable[date], bins: Iterable[int], exporter: str = "198.51.100.1", **columns: Any
) -> list[dict[str, Any]]:
    """EXPORT_HEALTH rows: one datagram of ten records in each of the bins (counted from midnight) of each day."""
    wanted = list(bins)
    return [
        {
            **dict.fromkeys(EXPORT_HEALTH.names, 0),
            "export_on": day,
            "exporter": address(exporter),
            "flow_protocol": "netflow_v9",
            "bin_at": datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=5 * number),
            "is_covered": True,
            "datagrams": 1,
            "data_records": 10,
            "records_expected": 10,
            "is_estimate": False,
            "first_at": None,
            "last_at": None,
            **columns,
        }
        for day in days
        for number in wanted
    ]


@dataclass
class World:
    """One operator's lake and warehouse below `folder`; `operator_folder` is a valid operator folder."""

    folder: Path
    operator_folder: Path
    origins: dict[str, int] = field(default_factory=dict)
    clouds: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    organisations: dict[int, str] = field(default_factory=dict)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    countries: dict[str, str] = field(default_factory=dict)

    @property
    def lake(self) -> Lake:
        return Lake(self.folder / "lake")

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse" / "working.duckdb"

    def write_registries(self) -> None:
        """The operator folder, the address plan of its prefixes and `origins`, the networks and the sources."""
        tables = operator_tables(load_operator(self.operator_folder))
        for name, table in tables.items():
            self._write(("operator", name), table)
        ranges = [{**_ends(prefix), "origin_as": asn, "seen_by": 1} for prefix, asn in self.origins.items()]
        clouds = [{**_ends(prefix), "cloud": c, "cloud_region": region} for prefix, (c, region) in self.clouds.items()]
        delegations = [
            {**_ends(prefix), "country": country, "status": "allocated"} for prefix, country in self.countries.items()
        ]
        self.plan = AddressPlan.build(
            PLAN_AS_OF,
            pa.Table.from_pylist(ranges, schema=PREFIX_ORIGINS),
            own_prefixes=tables["own_prefixes"],
            overrides=tables["overrides"],
            cloud_ranges=pa.Table.from_pylist(clouds, schema=CLOUD_RANGES),
            delegations=pa.Table.from_pylist(delegations, schema=DELEGATIONS),
        )
        self._write(("registry", "address_ranges"), self.plan.table, Partition("plan_as_of", PLAN_AS_OF))
        networks = [
            {
                "as_of": PLAN_AS_OF,
                "asn": asn,
                "name": f"Network {asn}",
                "organisation": self.organisations.get(asn),
                "source": "made_up",
            }
            for asn in sorted(set(self.origins.values()))
        ]
        self._write(
            ("registry", "networks"),
            pa.Table.from_pylist(networks, schema=NETWORKS),
            Partition("as_of", PLAN_AS_OF),
        )
        self._write(
            ("registry", "network_evidence"),
            pa.Table.from_pylist([{"as_of": PLAN_AS_OF, **one} for one in self.evidence], schema=NETWORK_EVIDENCE),
            Partition("as_of", PLAN_AS_OF),
        )
        self._write(("registry", "sources"), pa.Table.from_pylist([SOURCE_COLUMNS]).cast(_sources_schema()))

    def write_records(self, records: Iterable[dict[str, Any]]) -> None:
        """exports/flow_records, one file an export day, resolved against the plan."""
        by_day: dict[date, list[dict[str, Any]]] = {}
        for one in records:
            by_day.setdefault(one["export_on"], []).append(self.resolved(one))
        for day, rows in by_day.items():
            table = pa.Table.from_pylist(rows, schema=FLOW_RECORD)
            self._write(("exports", "flow_records"), table, Partition("export_on", day))

    def write_health(self, rows: Iterable[dict[str, Any]]) -> None:
        """exports/export_health, one file an export day."""
        by_day: dict[date, list[dict[str, Any]]] = {}
        for one in rows:
            by_day.setdefault(one["export_on"], []).append(one)
        for day, of_day in by_day.items():
            table = pa.Table.from_pylist(of_day, schema=EXPORT_HEALTH)
            self._write(("exports", "export_health"), table, Partition("export_on", day))

    def write_files(self, states: dict[date, list[str]]) -> None:
        """exports/flow_exports: for each day, one file for each of the states (of assets.exports.rows)."""
        for day, of_day in states.items():
            rows = [
                {"export_on": day, "source_file": f"{number}.pcap", "file_bytes": 100, "sha256": "00", "state": state}
                for number, state in enumerate(of_day)
            ]
            table = pa.Table.from_pylist(rows, schema=FLOW_EXPORTS)
            self._write(("exports", "flow_exports"), table, Partition("export_on", day))

    def write_losses(self, days: Iterable[date], losses: Iterable[tuple[date, str, str, int]]) -> None:
        """exports/export_losses of these days: for each loss its day, file, reason and count."""
        told = list(losses)
        for day in sorted({*days, *(one[0] for one in told)}):
            rows = [
                {
                    "export_on": day,
                    "source": "made_up",
                    "source_file": source_file,
                    "reason": reason,
                    "count": count,
                    "leaves_file_incomplete": LOSSES[reason].leaves_file_incomplete,
                    "remedy": LOSSES[reason].remedy,
                }
                for on, source_file, reason, count in told
                if on == day
            ]
            table = pa.Table.from_pylist(rows, schema=EXPORT_LOSSES)
            self._write(("exports", "export_losses"), table, Partition("export_on", day))

    def build_core(self, days: Iterable[date], *, are_tested: bool = False) -> None:
        """Seeds, staging, intermediate and core of these export days, which dbt's own tests look at where told to.

        A day whose losses were not written lost nothing.
        """
        self._write_no_losses(days := sorted(days))
        self._write(("run", "export_days"), pa.table({"export_on": pa.array(days, pa.date32())}))
        if not self.lake.path(("run", "quarters")).exists():
            self._write_quarters([])
        self._begin_with_seeds()
        seeds = ["resource_type:seed"] if are_tested else []
        self._build(*seeds, "staging", "intermediate", "core", "--exclude", "core.by_quarter", are_tested=are_tested)

    def build_marts(self, quarters: Iterable[str], *, are_tested: bool = False) -> None:
        """The marts of these quarters, such as `2025Q4`, and the views that read the operator folder."""
        self._write_quarters([Quarter.parse(text) for text in quarters])
        self._build("staging", "core.by_quarter", "marts", are_tested=are_tested)

    def compile(self, days: Iterable[date], quarters: Iterable[str], wanted: Iterable[str]) -> dict[str, Any]:
        """The seeds, and dbt's manifest with the compiled statements of these models and of all before them, which
        build these export days and quarters.
        """
        self._write_no_losses(days := sorted(days))
        self._write(("run", "export_days"), pa.table({"export_on": pa.array(days, pa.date32())}))
        self._write_quarters([Quarter.parse(text) for text in quarters])
        self._begin_with_seeds()
        self._dbt("compile", "--select", *(f"+{name}" for name in wanted))
        return dict(json.loads((self.folder / "target" / "manifest.json").read_text()))

    def _begin_with_seeds(self) -> None:
        if not self.warehouse.exists():
            self.warehouse.parent.mkdir(parents=True, exist_ok=True)
            self.warehouse.write_bytes(seeded())

    def _write_no_losses(self, days: Iterable[date]) -> None:
        key = ("exports", "export_losses")
        self.write_losses([day for day in days if not self.lake.path(key, Partition("export_on", day)).exists()], [])

    def _write_quarters(self, quarters: list[Quarter]) -> None:
        columns = {
            "quarter": pa.array([str(quarter) for quarter in quarters], pa.string()),
            "quarter_began_on": pa.array([quarter.began_on for quarter in quarters], pa.date32()),
            "quarter_ended_on": pa.array([quarter.ended_on for quarter in quarters], pa.date32()),
        }
        self._write(("run", "quarters"), pa.table(columns))

    def resolved(self, one: dict[str, Any]) -> dict[str, Any]:
        """A row of FLOW_RECORD of one whose addresses are text."""
        named = {name: address(one[name]) for name in ("exporter", "src_addr", "dst_addr")}
        packed = pa.array([named["src_addr"], named["dst_addr"]], pa.binary(16))
        src_range, dst_range = self.plan.lookup(packed).tolist()
        return {**one, **named, "src_range": src_range, "dst_range": dst_range}

    def _write(self, key: tuple[str, str], table: pa.Table, partition: Partition | None = None) -> None:
        self.lake.write(key, table, fingerprint="made up", partition=partition)

    def _build(self, *selected: str, are_tested: bool) -> None:
        left_out = ["unit_test"] if are_tested else ["unit_test", "test"]
        self._dbt("build", "--exclude-resource-types", *left_out, "--select", *selected)

    def _dbt(self, *arguments: str) -> None:
        call_dbt(Dbt(PROJECT / "dbt_project", self.folder / "target", self.lake.root, self.warehouse), *arguments)


def call_dbt(dbt: Dbt, *arguments: str) -> None:
    """dbt as a run calls it, on the project that was parsed once for all worlds."""
    make_parsed(dbt)
    dbt.run(*arguments)


@cache
def seeded() -> bytes:
    """The working database with the project's seeds, which are the same in all worlds."""
    with TemporaryDirectory() as folder:
        database = Path(folder) / "working.duckdb"
        call_dbt(Dbt(PROJECT / "dbt_project", Path(folder) / "target", Path(folder) / "lake", database), "seed")
        return database.read_bytes()


def copied(world: World, folder: Path, operator_folder: Path) -> World:
    """A copy of a made world for another operator folder."""
    shutil.copytree(world.lake.root, folder / "lake")
    shutil.copytree(world.warehouse.parent, folder / "warehouse")
    return replace(world, folder=folder, operator_folder=operator_folder)


def _ends(prefix: str) -> dict[str, Any]:
    network = ipaddress.ip_network(prefix)
    return {
        "as_of": PLAN_AS_OF,
        "source": "made_up",
        "ip_version": network.version,
        "first_address": address(str(network[0])),
        "last_address": address(str(network[-1])),
    }


def _sources_schema() -> pa.Schema:
    kinds = {"may_be_redistributed": pa.bool_(), "as_of": pa.date32()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in SOURCE_COLUMNS])
