"""The operator and the days of the second world, in which each scenario has a quarter of its own.

Belongs here: what its scenarios share. Does not belong here: a scenario's records; each test module has its own.
"""

from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

from world import World, health

A, B, C, NOWHERE = (f"198.51.100.{n}" for n in (1, 2, 3, 99))
OPERATOR_YAML = """
name: Shape cases
simulated: true
own_asns: [410250]
tracking_began_on: 2025-10-01
timezone: America/Los_Angeles
flow_sources:
  - address: exports/{date}
registries:
  - name: ip_to_asn
suppression: {minimum_unique_ips: LEAST, maximum_share_of_one_network: MOST}
"""
EXPORTERS = f"""
exporter,name,site,sampling_interval,as_numbers,metering,active_timeout_s,valid_from,valid_to
{A},west,LAX1,,ignore,ingress,1800,,
{B},east,IAD1,,ignore,ingress,1800,,
{C},north,SJC1,,ignore,ingress,1800,2027-01-01,
"""
TRANSIT, INTERNAL, MIGRATION, INTERCONNECT, EXCHANGE, PEERING = range(1, 7)
INTERFACES = """
{0},et-1,1,external,transit,,100000000000,,
{0},lag-2,2,internal,internal,,100000000000,,
{0},mig-3,3,external,migration,,10000000000,,
{0},pni-4,4,external,private_interconnect,,10000000000,,
{0},et-5,5,external,exchange,,10000000000,,
{0},et-6,6,external,peering,,10000000000,,
"""
FILES = {
    "exporters.csv": EXPORTERS,
    "interfaces.csv": "exporter,interface,if_index,role,connectivity,provider,speed_bps,valid_from,valid_to"
    + "".join(INTERFACES.format(exporter).rstrip() for exporter in (A, B, C)),
    "own_prefixes.csv": "prefix,label\n192.0.2.0/24,servers\n2001:db8:1::/48,servers\n",
    "metro_positions.csv": "metro,latitude,longitude\nLos Angeles,34.5,-118.5\n",
    "sites.csv": "site,metro,region\nLAX1,Los Angeles,us-west\nIAD1,Northern Virginia,us-east\nSJC1,San Jose,us-west\n",
    "regions.csv": "region,label,position\nus-west,US-West,1\nus-east,US-East,2\n",
    "overrides.csv": "prefix,asn,organisation,network_type,reason,author,decided_on,expires_on\n"
    ",410028,,hosting,found out,tests,2026-10-01,\n,410029,,hosting,new,tests,2026-10-01,\n",
}
KNOWN = {1: 23112, 2: 26356, 3: 714, 4: 2906, 5: 6724, 6: 577, 7: 803}
NEOCLOUD, SECOND_NEOCLOUD, HYPERSCALER, CDN, HOSTING, ISP, SECOND_ISP = (f"30.{n}.0" for n in KNOWN)
RECLASSIFIED = "20.28.0"
ORIGINS = {
    **{f"30.{n}.0.0/16": asn for n, asn in KNOWN.items()},
    **{f"20.{n}.0.0/16": 410000 + n for n in range(1, 30)},
    "40.1.0.0/16": 410200,
    "2a00:1::/32": 23112,
}
CLOUDS: dict[str, tuple[str, str | None]] = {"40.1.0.0/16": ("aws", "us-east-1")}
COUNTRIES = {"30.1.0.0/16": "US", "30.5.0.0/16": "DE"}
QUARTERS = ["2025Q4", "2026Q1", "2026Q2", "2026Q3", "2026Q4", "2027Q1"]
MODULES = ("test_warehouse_cells", "test_warehouse_behaviour", "test_warehouse_sizes", "test_warehouse_bridge",
           "test_warehouse_suppression")  # fmt: skip
NOON = 144


def all_health() -> list[dict[str, Any]]:
    """Noon of three days of 2025Q4; noon and 13:00 of five days of 2026Q1; noon of some days of 2026Q3 and Q4,
    and of one of 2027Q1."""
    autumn = [date(2025, 10, 6), date(2025, 10, 7), date(2025, 11, 3)]
    winter = [date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 7), date(2026, 2, 2), date(2026, 2, 3)]
    quarters = [(date(2026, 7, 1), [date(2026, 7, 2)]), (date(2026, 10, 1), [date(2026, 10, 2), date(2026, 10, 3)])]
    return [
        *health(autumn, [NOON], A),
        *health(winter, [NOON, NOON + 12], A),
        *(row for first, others in quarters for row in health([first, *others], [NOON], A)),
        *(row for first, _ in quarters for row in health([first], [NOON], B)),
        *(row for exporter in (A, B, C) for row in health([date(2027, 1, 5)], [NOON], exporter)),
    ]


def write_operator(folder: Path, *, least: int = 1, most: float = 1) -> Path:
    """The operator folder with these limits of suppression."""
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text.lstrip())
    settings = OPERATOR_YAML.replace("LEAST", str(least)).replace("MOST", str(most))
    (folder / "operator.yaml").write_text(settings.lstrip())
    return folder


def made_world(folder: Path) -> World:
    """The world below a folder, with core of all its export days."""
    records = [one for module in MODULES for one in import_module(module).RECORDS]
    world = World(folder, write_operator(folder / "operator"), ORIGINS, CLOUDS, countries=COUNTRIES)
    world.write_registries()
    world.write_records(records)
    world.write_health(all_health())
    world.write_files({date(2025, 10, 6): ["pulled"]})
    world.build_core({*(one["export_on"] for one in records), *(one["export_on"] for one in all_health())})
    return world
