"""The operator, the days and the registries that all cases of the warehouse share.

Belongs here: what one world of cases needs once. Does not belong here: a case's records; each test module has its own.
Days: 2025Q3 ten days (tracking began on 2025-09-21), 2025Q4 and 2026Q1 whole, 2026Q2 one bin a day, 2026Q3 one day.
"""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from world import health

from assets.warehouse.database import connected

A, B, BOTH, MOVED, SLOW = (f"198.51.100.{n}" for n in range(1, 6))
OPERATOR_YAML = """
name: Warehouse cases
simulated: true
own_asns: [410250]
tracking_began_on: 2025-09-21
flow_sources:
  - address: exports/{date}
registries:
  - name: ip_to_asn
suppression: {minimum_unique_ips: 1, maximum_share_of_one_network: 1}
"""
EXPORTERS = f"""
exporter,name,site,sampling_interval,as_numbers,metering,active_timeout_s,valid_from,valid_to
{A},plain,LAX1,,origin,ingress,300,,
{B},sampled,IAD1,100,ignore,ingress,300,,
{BOTH},both,LAX1,,peer,both,300,,
{MOVED},moved,LAX1,10,ignore,ingress,300,,2025-10-14
{MOVED},moved,IAD1,20,ignore,ingress,300,2025-10-15,
{SLOW},slow,LAX1,,ignore,ingress,1800,,
"""
FASTEST_TOLD = 7
INTERFACES = """
{0},et-1,1,external,transit,AS3356,,,
{0},lag-2,2,internal,internal,,,,
{0},mig-3,3,external,migration,Somebody,10000000000,,
{0},pni-4,4,external,private_interconnect,AS410100,10000000000,,
{0},pni-5,5,external,private_interconnect,Some Cloud,10000000000,,
{0},et-6,6,,,,10000000000,,
{0},et-7,7,,,,9223372036854775807,,
"""
MOVED_INTERFACES = f"""
{MOVED},et-1,1,external,transit,AS3356,100000000000,,2025-10-14
{MOVED},xe-1,1,internal,internal,,100000000000,2025-10-15,
{MOVED},lag-2,2,external,peering,,100000000000,2025-10-15,
"""
OVERRIDES = """
prefix,asn,organisation,network_type,reason,author,decided_on,expires_on
50.1.1.0/24,,,neocloud,the last day counts,tests,2026-03-31,
,410211,,cdn,expired a day early,tests,2026-01-15,2026-03-30
,410212,,hosting,expires on the last day,tests,2026-01-01,2026-03-31
,,Example Holding,hyperscaler,the whole organisation,tests,2026-01-01,
,410213,,enterprise,an AS comes before its organisation,tests,2026-01-01,
50.3.1.0/24,,,cdn,a prefix comes before its AS,tests,2026-01-01,
50.4.1.0/24,,,migration,decided a day late,tests,2026-04-01,
,410215,,isp_tier1,over with its quarter,tests,2025-10-01,2025-12-31
"""
FILES = {
    "operator.yaml": OPERATOR_YAML,
    "exporters.csv": EXPORTERS,
    "interfaces.csv": "exporter,interface,if_index,role,connectivity,provider,speed_bps,valid_from,valid_to"
    + "".join(INTERFACES.format(exporter).rstrip() for exporter in (A, B, BOTH, SLOW))
    + MOVED_INTERFACES,
    "own_prefixes.csv": "prefix,label\n192.0.2.0/24,servers\n2001:db8:1::/48,servers\n",
    "sites.csv": "site,metro,region\nLAX1,Los Angeles,us-west\nIAD1,Northern Virginia,us-east\nYYZ1,Toronto,ca-east\n",
    "regions.csv": "region,label,position\nus-west,US-West,1\nus-east,US-East,2\nca-east,CA-East,3\n",
    "overrides.csv": OVERRIDES,
}
# 20.<n>.0.0/16 belongs to AS 410000 + n, which no rule knows; 30.<n>.0.0/16 to networks of a known type.
KNOWN = {1: 23112, 2: 26356, 3: 714, 4: 2906, 5: 6724, 6: 577, 7: 803}
NEOCLOUD, SECOND_NEOCLOUD, HYPERSCALER, CDN, HOSTING, ISP, SECOND_ISP = (f"30.{n}.0" for n in KNOWN)
ORIGINS = {
    **{f"20.{n}.0.0/16": 410000 + n for n in range(1, 100)},
    **{f"30.{n}.0.0/16": asn for n, asn in KNOWN.items()},
    **{f"50.{n}.0.0/16": 410210 + n - 1 for n in range(1, 7)},
    "40.1.0.0/16": 410200,
    "40.2.0.0/16": 410200,
    "2a00:1::/32": 23112,
    "2a00:2::/32": 410098,
}
CLOUDS = {"40.1.0.0/16": ("aws", "us-east-1"), "40.2.0.0/16": ("aws", None)}
QUARTERS = ["2025Q3", "2025Q4", "2026Q1", "2026Q2", "2026Q3"]

Rows = list[tuple[Any, ...]]
Query = Callable[..., Rows]


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


SPARSE_DAYS = days(date(2026, 4, 1), date(2026, 6, 30))
APRIL = SPARSE_DAYS[:30]
NOON = 144


def all_health() -> list[dict[str, Any]]:
    """Complete to 2026-03-31; then a bin a day of B, and two of A in April; five records of B are lost on 1 April."""
    return [
        *health(days(date(2025, 9, 21), date(2026, 3, 31)), range(288), A),
        *health(SPARSE_DAYS[1:], [NOON], B),
        *health([date(2026, 4, 1)], [NOON], B, records_lost=5, records_expected=15),
        *health(APRIL, [NOON, NOON + 1], A),
        *health([date(2026, 7, 1)], [NOON], A),
    ]


def query_of(warehouse: Path) -> Query:
    """A way to ask a finished warehouse."""

    def ask(statement: str, *parameters: object) -> Rows:
        with connected(warehouse, read_only=True) as database:
            return database.execute(statement, list(parameters)).fetchall()

    return ask
