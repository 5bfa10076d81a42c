"""A lake of a few networks, each with what one case needs, and what the rules make of it.

Belongs here: the networks and the fixtures. Does not belong here: what is expected (test_*).
"""

import ipaddress
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from assets.ground.addresses import bounds
from assets.ground.lake import Partition
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.operator import load_operator, operator_tables
from assets.registry.address_plan import AddressPlan
from assets.registry.in_force import write_pulls, write_sources
from assets.registry.pulls import InForce, sources_in_use
from assets.registry.source import CLOUD_RANGES, NETWORK_EVIDENCE, NETWORKS, PREFIX_ORIGINS
from assets.warehouse.dbt_process import Dbt
from assets.warehouse.parsed_project import make_parsed

AS_OF = date(2026, 6, 17)
PROJECT = Path(__file__).resolve().parents[2]
OPERATOR_YAML = """
name: Classification cases
simulated: true
own_asns: [410250]
tracking_began_on: 2026-04-01
flow_sources:
  - address: exports/{date}
registries:
  - name: ip_to_asn
"""
OVERRIDES = """prefix,asn,organisation,network_type,reason,author,decided_on,expires_on
,410101,,neocloud,rents GPUs,tests,2026-01-01,
,410102,,neocloud,was over,tests,2025-01-01,2025-12-31
,410103,,neocloud,not begun,tests,2999-01-01,
,,Example Holding,cdn,the organisation,tests,2026-01-01,
,410104,,hosting,the AS,tests,2025-01-01,
20.1.2.0/24,,,neocloud,the prefix,tests,2026-01-01,
,410171,,hosting,in no registry,tests,2026-01-01,
20.2.64.0/18,,,cdn,around it,tests,2026-01-01,
20.2.65.0/24,,,neocloud,was over,tests,2025-01-01,2025-12-31
"""
FILES = {
    "operator.yaml": OPERATOR_YAML,
    "overrides.csv": OVERRIDES,
    "exporters.csv": "exporter,name,site,sampling_interval,as_numbers,metering,active_timeout_s,valid_from,valid_to\n",
    "interfaces.csv": "exporter,interface,if_index,role,connectivity,provider,speed_bps,valid_from,valid_to\n",
    "own_prefixes.csv": "prefix,label\n192.88.99.0/24,servers\n",
    "sites.csv": "site,metro,region\nLAX1,Los Angeles,us-west\n",
    "regions.csv": "region,label,position\nus-west,US-West,1\n",
}
# AS number: name, organisation.
NAMES = {
    410101: ("Decided Telecom", ""),
    410102: ("Nothing in it", None),
    410103: ("Nothing in it", None),
    410104: ("Nothing in it", "Example Holding"),
    410105: ("Nothing in it", "Example Holding"),
    410110: ("Many Peers", None),
    410111: ("An exchange by CAIDA", None),
    410113: ("Clique", None),
    410120: ("Sibling of Cogent", None),
    410121: ("Sibling of more hosts than content", None),
    410122: ("IBM", "IBM"),
    410130: ("Universidad Técnica", None),
    410131: ("NetIX", None),
    410132: ("Ministry of Education", None),
    410133: ("Hosting Telecom", None),
    410134: ("STARNET-AS", None),
    410136: ("Fiber Compute", None),
    410137: ("Hosting Exampla", None),
    410138: ("Exampla Mining LLP", None),
    410139: ("Kabel Peer", None),
    410135: ("Kabel Telekom Hosting Cloud", None),
    410140: ("Somebody", None),
    410141: ("Somebody", None),
    410142: ("Somebody Telecom", None),
    410143: ("Somebody", None),
    410144: ("Somebody", None),
    410145: ("Somebody", None),
    410146: ("Somebody", None),
    410150: ("Agreed", None),
    410151: ("Disputed", None),
    410152: ("Outvoted", None),
    410153: ("Labelled Starnet", None),
    410154: ("Listed", None),
    410155: ("EXAMPLE", ""),
    410156: ("EXAMPLE", ""),
    410160: ("Sells to three", None),
    410161: ("Sells to two", None),
    410162: ("Somebody", None),
    410163: ("Somebody", None),
    410164: ("Somebody Telecom", None),
    410165: ("Internet of a Gobierno", None),
    410166: ("Somebody Limited", None),
    410167: ("Somebody Limited", None),
    410168: ("Somebody Limited", None),
    410169: ("Somebody Limited", None),
    410170: ("Nobody knows", None),
    410172: ('=HYPERLINK("x") hosting', None),
    410173: ("\x1b[2J\u202eHosting", None),
    # Traps of names.
    206020: ("VAST Data Ltd", None),
    410180: ("VAST Data Inc", None),
    410181: ("NexGen Integrated", None),
    63949: ("Akamai Technologies, Inc.", "Akamai Technologies, Inc."),
    20940: ("Akamai International B.V.", "Akamai Technologies, Inc."),
    16591: ("Google Fiber Inc.", "Google LLC"),
    15169: ("Google LLC", "Google LLC"),
    39636: ("IREN ENERGIA S.P.A", None),
    2723: ("ENDURANCE REINSURANCE CORPORATION OF AMERICA", None),
    62597: ("IBM", "IBM"),
    14061: ("DigitalOcean, LLC", None),
    174: ("Cogent Communications", None),
}
ADDRESSES = {410143: 15_000, 410144: 15_001, 410145: 100, 410146: 15_000}
RELATIONS = {
    410110: {"providers": 0, "customers": 0, "peers": 900},
    410160: {"providers": 1, "customers": 3},
    410161: {"providers": 1, "customers": 2},
    410162: {"providers": 1, "customers": 2},
    410163: {"providers": 1, "customers": 3},
    410164: {"providers": 1, "customers": 0},
    410166: {"providers": 1, "customers": 2},
    410167: {"providers": 1, "customers": 3},
    410169: {"providers": 1, "customers": 0},
}
SAID = [
    (410113, "as_relationships", "role", "inferred_clique"),
    (410111, "as_relationships", "role", "exchange"),
    (410136, "peeringdb", "type", "Content"),
    (410137, "peeringdb", "type", "NSP"),
    (410138, "peeringdb", "type", "NSP"),
    (410139, "peeringdb", "type", "Route Server"),
    (410144, "peeringdb", "type", "Content"),
    (410162, "peeringdb", "type", "NSP"),
    (410163, "peeringdb", "type", "NSP"),
    (410164, "peeringdb", "type", "NSP"),
    (410165, "peeringdb", "type", "Cable/DSL/ISP"),
    (410169, "as2org", "name", "SOMECDN"),
    (410146, "peeringdb", "type", "Content"),
    (410154, "labels:house", "type", "cdn"),
    (410155, "labels:house", "type", "cdn"),
    (410120, "as2org", "organisation_id", "caida:COGENT"),
    (174, "as2org", "organisation_id", "caida:COGENT"),
    (410121, "as2org", "organisation_id", "caida:MIXED"),
    (63949, "as2org", "organisation_id", "caida:MIXED"),
    (14061, "as2org", "organisation_id", "caida:MIXED"),
    (20940, "as2org", "organisation_id", "caida:MIXED"),
    (410140, "peeringdb", "type", "NSP"),
    (410141, "peeringdb", "type", "Content"),
    (410142, "peeringdb", "type", "Content"),
    (410150, "ipverse", "type", "hosting"),
    (410150, "bgp_tools", "type", "Content"),
    (410151, "ipverse", "type", "isp"),
    (410151, "bgp_tools", "type", "Content"),
    (410152, "ipverse", "type", "hosting"),
    (410152, "bgp_tools", "type", "Content"),
    (410152, "bgp_tools", "tag", "dsl"),
    (410153, "ipverse", "type", "hosting"),
]
DOMAINS = {410143: 300, 410144: 300, 410145: 299, 410146: 300}
ORIGINS = {"20.1.0.0/16": 410130, "20.2.0.0/16": 174, "2a00:1::/32": 174}
CLOUDS = {"20.2.1.0/24": ("aws", "us-east-1")}

COMPILED = (
    "int_networks__known",
    "neocloud_members",
    "neocloud_measures",
    "neocloud_candidates",
    "network_type_decisions",
    "network_types_by_quarter",
    "quarter_maps",
)

Ask = Callable[[str], list[tuple[Any, ...]]]


def _ends(prefix: str) -> dict[str, Any]:
    network = ipaddress.ip_network(prefix)
    first, last = bounds(network)
    ends = {"first_address": first, "last_address": last}
    return {"as_of": AS_OF, "source": "made_up", "ip_version": network.version, **ends}


def write_lake(workspace: Workspace) -> None:
    """The operator's tables, networks, evidence and the address plan."""
    lake, partition = workspace.lake, Partition("as_of", AS_OF)
    operator = load_operator(workspace.operator_folder)
    tables = operator_tables(operator)
    for name, table in tables.items():
        lake.write(("operator", name), table, fingerprint="made up")
    networks = [
        {
            "as_of": AS_OF,
            "asn": asn,
            "name": name,
            "organisation": organisation,
            "source": "made_up",
            "ipv4_addresses": ADDRESSES.get(asn, 0),
        }
        for asn, (name, organisation) in sorted(NAMES.items())
    ]
    evidence = [
        *({"asn": asn, "source": source, "kind": kind, "value": value} for asn, source, kind, value in SAID),
        *(
            {"asn": asn, "source": "as_relationships", "kind": kind, "number": float(number)}
            for asn, counts in RELATIONS.items()
            for kind, number in counts.items()
        ),
        *(
            {"asn": asn, "source": "labels:domains", "kind": "domains", "number": float(number)}
            for asn, number in DOMAINS.items()
        ),
    ]
    lake.write(
        ("registry", "networks"),
        pa.Table.from_pylist(networks, schema=NETWORKS),
        fingerprint="made up",
        partition=partition,
    )
    # A source's own snapshot may be older than the table that it is put into.
    dated = [{"as_of": date(2026, 6, 1), **one} for one in evidence]
    lake.write(
        ("registry", "network_evidence"),
        pa.Table.from_pylist(dated, schema=NETWORK_EVIDENCE),
        fingerprint="made up",
        partition=partition,
    )
    origins = [{**_ends(prefix), "origin_as": asn, "seen_by": 1} for prefix, asn in ORIGINS.items()]
    clouds = [{**_ends(prefix), "cloud": c, "cloud_region": region} for prefix, (c, region) in CLOUDS.items()]
    plan = AddressPlan.build(
        AS_OF,
        pa.Table.from_pylist(origins, schema=PREFIX_ORIGINS),
        own_prefixes=tables["own_prefixes"],
        overrides=tables["overrides"],
        cloud_ranges=pa.Table.from_pylist(clouds, schema=CLOUD_RANGES),
    )
    lake.write(
        ("registry", "address_ranges"),
        plan.table,
        fingerprint="made up",
        partition=Partition("plan_as_of", AS_OF),
    )
    held = [InForce(source, AS_OF, "stored") for source in sources_in_use(operator)]
    write_sources(lake, held)
    write_pulls(lake, held, held)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace with registries and nothing else."""
    folder = tmp_path_factory.mktemp("classification")
    operator_folder = folder / "operator"
    operator_folder.mkdir()
    for name, text in FILES.items():
        (operator_folder / name).write_text(text.lstrip())
    made = Workspace(
        operator_folder, folder / "state" / "operator", PROJECT / "dbt_project", Calendar(date(2026, 4, 1))
    )
    write_lake(made)
    return made


@pytest.fixture(scope="session")
def compiled(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The statements of models that tests run on tables of their own, in the database `working`."""
    folder = tmp_path_factory.mktemp("compiled")
    dbt = Dbt(PROJECT / "dbt_project", folder, workspace.lake.root, folder / "working.duckdb")
    make_parsed(dbt)
    dbt.run("compile", "--quiet", "--select", *COMPILED)
    nodes = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    return {name: nodes[f"model.network_stats.{name}"]["compiled_code"] for name in COMPILED}


@dataclass(frozen=True)
class Netstats:
    """The command line, on the workspace's operator."""

    workspace: Workspace

    def __call__(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = {
            **os.environ,
            "NETSTATS_OPERATOR": str(self.workspace.operator_folder),
            "NETSTATS_STATE": str(self.workspace.state.parent),
        }
        command = [sys.executable, "-c", "from orchestration.commands.cli import main; main()", *arguments]
        return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)

    def database(self, *arguments: str) -> Path:
        """The database that `classify` with these arguments leaves, kept from the next call."""
        for kept in (self.workspace.state / "classification").glob("*.duckdb"):
            kept.unlink()
        said = self("classify", *arguments)
        assert said.returncode == 0, said.stdout + said.stderr
        (made,) = (self.workspace.state / "classification").glob("*.duckdb")
        return Path(shutil.copy(made, self.workspace.state.parent / f"{made.name}.kept"))


@pytest.fixture(scope="session")
def netstats(workspace: Workspace) -> Netstats:
    return Netstats(workspace)


@pytest.fixture(scope="session")
def ask(netstats: Netstats) -> Ask:
    """Rows of a statement on the classified networks."""
    return _asking(netstats.database("174"))


@pytest.fixture(scope="session")
def ask_without_known_networks(netstats: Netstats) -> Ask:
    """The same by all rules but the known networks."""
    return _asking(netstats.database("174", "--without", "known_networks"))


def _asking(file: Path) -> Ask:
    def rows(statement: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(file, read_only=True) as database:
            return database.execute(statement).fetchall()

    return rows
