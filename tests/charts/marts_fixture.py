"""A small published database with the contract's marts and figures like those of a real quarter.

Shares of Q3 and Q4 follow what was published: other clouds 36.2% then 49.6%, neocloud 19.8% then 18.4%,
hyperscaler 3.5% then 18.0%. Every figure follows from the tables of truth below, without chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path

import duckdb
import pyarrow as pa
from behaviour_marts import SCHEMA as BEHAVIOUR_SCHEMA
from behaviour_marts import SECONDS, behaviour_rows

from assets.warehouse.editions.tables import TABLES, write_tables

TERABIT = 10**12

SCHEMA = """
create schema marts;
create table marts.operator_profile (operator varchar, is_simulated boolean, timezone varchar,
    tracking_began_on date);
create table marts.network_types (network_type varchar, label varchar, position integer, colour varchar,
    definition varchar, is_published boolean);
create table marts.regions (region varchar, label varchar, position integer);
create table marts.data_sources (source varchar, producer varchar, title varchar, address varchar,
    licence varchar, citation varchar, may_be_redistributed boolean, as_of date, visible_credit varchar,
    visible_credit_address varchar);
create table marts.sampling_quarterly (quarter varchar, sampling_interval double, bits decimal(38,0),
    share_of_bits double);
create table marts.verdicts (verdict varchar, level integer, meaning varchar, limit_in_force double);
create table marts.network_type_monthly (quarter varchar, month date, network_type varchar, bits decimal(38,0),
    share_of_bits double, unique_ips bigint, magnitude double, bits_per_second_average double,
    bits_per_second_p95 double, bits_per_second_max double, covered_bins bigint,
    sampled_packets_per_bin_median double, relative_standard_error double,
    relative_standard_error_upper double, is_low_precision boolean, sampled_packets decimal(38,0),
    is_suppressed boolean default false);
create table marts.network_type_quarterly (quarter varchar, quarter_began_on date, network_type varchar,
    bits decimal(38,0), share_of_bits double, unique_ips bigint, magnitude double,
    relative_standard_error double, relative_standard_error_upper double, is_low_precision boolean,
    sampled_packets decimal(38,0), bits_per_second_average double,
    is_suppressed boolean default false);
create table marts.region_network_type_quarterly (quarter varchar, quarter_began_on date, region
    varchar, network_type varchar, bits decimal(38,0), share_of_bits double, unique_ips bigint,
    magnitude double, relative_standard_error double, relative_standard_error_upper double,
    is_low_precision boolean, sampled_packets decimal(38,0),
    is_suppressed boolean default false);
create table marts.traffic_flow_quarterly (quarter varchar, quarter_began_on date, direction varchar,
    region varchar, network_type varchar, bits decimal(38,0), relative_standard_error double,
    relative_standard_error_upper double, is_low_precision boolean, sampled_packets decimal(38,0),
    is_suppressed boolean default false);
create table marts.share_group_quarterly (quarter varchar, quarter_began_on date, direction varchar,
    share_group varchar, denominator varchar, bits decimal(38,0), share_of_bits double);
create table marts.magnitude_quarterly (quarter varchar, quarter_began_on date, network_type varchar,
    bits decimal(38,0), unique_ips bigint, magnitude double, unique_ips_daily_average double,
    unique_ips_daily_p95 double, unique_ips_daily_max double, magnitude_daily_average double,
    magnitude_daily_p95 double, magnitude_daily_max double, is_suppressed boolean default false);
create table marts.coverage_quarterly (quarter varchar, quarter_began_on date, days_expected integer,
    days_present integer, bins_expected bigint, bins_present bigint, records_expected bigint,
    records_received bigint, records_lost bigint, is_lost_estimated boolean, files_quarantined bigint,
    malformed_datagrams bigint, undecoded_sets bigint);
create table marts.share_groups (share_group varchar, label varchar, network_type varchar, version integer,
    valid_from date, valid_to date);
create table marts.check_history (finding_number bigint, check_name varchar, asset varchar, last_day date,
    quarters varchar[], passed boolean, severity varchar, limit_value double, rows_broken bigint, holds varchar,
    remedy varchar);
create table marts.set_apart_quarterly (quarter varchar, reason varchar, records bigint, share_of_bytes double);
create table marts.quarter_over_quarter (metric varchar, dimension varchar, member varchar, quarter
    varchar, previous_quarter varchar, value double, previous_value double, difference double, verdict
    varchar, level integer, reasons varchar[], previous_value_restated double, week_to_week_low double,
    week_to_week_high double);
create table marts.metro_quarterly (quarter varchar, region varchar, metro varchar, metro_source varchar,
    bits decimal(38,0), share_of_bits double, bits_per_second_average double, unique_ips bigint, magnitude double,
    relative_standard_error double, is_suppressed boolean default false);
create table marts.metro_network_type_quarterly (quarter varchar, region varchar, metro varchar, metro_source varchar,
    network_type varchar, bits decimal(38,0), share_of_bits double, unique_ips bigint, magnitude double,
    relative_standard_error double, relative_standard_error_upper double, is_low_precision boolean,
    latitude double, longitude double, is_suppressed boolean default false);
create table marts.country_quarterly (quarter varchar, country varchar, bits decimal(38,0), share_of_bits double,
    unique_ips bigint, magnitude double, relative_standard_error double, relative_standard_error_upper double,
    is_low_precision boolean, is_suppressed boolean default false);
"""
# What the page to explore reads of every cell; null where no chart reads it.
MEASURED = {
    "bits": "decimal(38,0)", "share_of_bits": "double", "unique_ips": "bigint", "magnitude": "double",
    "bits_per_second_average": "double", "bits_per_second_p95": "double", "bits_per_second_max": "double",
    "relative_standard_error": "double",
}  # fmt: skip
OF_CELLS = (
    "network_type_quarterly", "country_quarterly", "network_quarterly", "cross_cloud_quarterly", "metro_quarterly",
    "network_type_monthly", "region_network_type_quarterly", "ip_version_monthly", "metro_network_type_quarterly",
    "traffic_flow_quarterly", "connectivity_quarterly",
)  # fmt: skip

NETWORK_TYPES = (
    ("neocloud", "Neocloud", 1, "#d1495b", "Clouds that rent accelerated computing (GPU) first."),
    (
        "hyperscaler",
        "Hyperscaler",
        2,
        "#8e4fa8",
        "The largest general clouds, with regions on several continents.",
    ),
    (
        "hosting",
        "Hosting",
        3,
        "#3d7ebf",
        "Servers and virtual machines for rent, without being a hyperscaler.",
    ),
    ("cdn", "CDN", 4, "#2a9d8f", "Networks that deliver content from close to its readers."),
    ("isp_regional", "Regional ISP", 5, "#e0a030", "Access networks of homes and businesses."),
    ("isp_tier1", "Tier 1 ISP", 6, "#8a6d3b", "Transit-free backbones."),
    ("migration", "Migration", 7, "#5b6c8f", "Data sets brought in over private links."),
    ("unclassified", "Unclassified", 8, "#a3a7ae", "Peers that no rule has named."),
)
REGIONS = (("us-west", "US-West", 1), ("us-east", "US-East", 2), ("ca-east", "CA-East", 3))
VERDICTS = (
    ("not comparable", 1, "The two values measure different things.", 0.1),
    ("partial quarter", 2, "One of the two quarters was observed in part.", None),
    ("low coverage", 2, "Too many records or bins are missing.", 0.95),
    ("few networks", 3, "Few networks make the difference.", 0.5),
    ("low precision", 3, "Sampling is coarse.", 0.1),
    ("one pair is not a trend", 4, "Two quarters are a difference, not a trend.", None),
    ("comparable", 5, "Both quarters were observed alike.", None),
)
PARTIAL_REASONS = ["partial quarter", "one pair is not a trend"]

# Parts of all bits, of which Denver is of the second quarter alone.
METROS = {
    "2025Q3": {("us-west", "Sacramento"): 0.5, ("us-east", "Chicago"): 0.3, ("us-east", "Northern Virginia"): 0.2},
    "2025Q4": {
        ("us-west", "Sacramento"): 0.4, ("us-east", "Chicago"): 0.25, ("us-east", "Northern Virginia"): 0.25,
        ("us-east", "Denver"): 0.1,
    },
}  # fmt: skip
# Shares of the quarter's bits, and unique addresses over the quarter.
SHARES = {
    "2025Q3": {
        "neocloud": 0.198, "hyperscaler": 0.035, "hosting": 0.129, "cdn": 0.252, "isp_regional": 0.241,
        "isp_tier1": 0.068, "migration": 0.062, "unclassified": 0.015,
    },
    "2025Q4": {
        "neocloud": 0.184, "hyperscaler": 0.180, "hosting": 0.132, "cdn": 0.186, "isp_regional": 0.204,
        "isp_tier1": 0.057, "migration": 0.045, "unclassified": 0.012,
    },
}  # fmt: skip
UNIQUE_IPS = {
    "neocloud": 1_480, "hyperscaler": 2_150, "hosting": 14_300, "cdn": 21_400, "isp_regional": 312_000,
    "isp_tier1": 18_900, "migration": 4_100, "unclassified": 5_230,
}  # fmt: skip
# How a type's bits lie over regions, and which part of them is egress.
REGION_PARTS = {
    "neocloud": {"us-west": 0.18, "us-east": 0.79, "ca-east": 0.03},
    "hyperscaler": {"us-west": 0.37, "us-east": 0.58, "ca-east": 0.05},
    "hosting": {"us-west": 0.52, "us-east": 0.38, "ca-east": 0.10},
    "cdn": {"us-west": 0.55, "us-east": 0.34, "ca-east": 0.11},
    "isp_regional": {"us-west": 0.74, "us-east": 0.18, "ca-east": 0.08},
    "isp_tier1": {"us-west": 0.55, "us-east": 0.37, "ca-east": 0.08},
    "migration": {"us-west": 0.30, "us-east": 0.70},
    "unclassified": {"us-west": 0.60, "us-east": 0.30, "ca-east": 0.10},
}
EGRESS_PART = {
    "neocloud": 0.78, "hyperscaler": 0.55, "hosting": 0.48, "cdn": 0.93, "isp_regional": 0.36,
    "isp_tier1": 0.5, "migration": 0.02, "unclassified": 0.5,
}  # fmt: skip
MONTH_PARTS = {
    "2025Q3": {date(2025, 8, 1): 0.47, date(2025, 9, 1): 0.53},
    "2025Q4": {date(2025, 10, 1): 0.36, date(2025, 11, 1): 0.32, date(2025, 12, 1): 0.32},
}
TOTAL_BITS = {"2025Q3": 41_000 * TERABIT, "2025Q4": 78_000 * TERABIT}
DAYS = {"2025Q3": (92, 61), "2025Q4": (92, 92)}
BEGAN = {"2025Q3": date(2025, 7, 1), "2025Q4": date(2025, 10, 1)}
OTHER_CLOUDS = ("neocloud", "hyperscaler", "hosting")

DB_IP = (
    "ip_to_asn", "DB-IP, RouteViews, NRO", "IP to ASN", "https://example.net/asn", "CC BY 4.0",
    "IP to ASN, edition 2026-06-17", True, date(2026, 6, 17), "IP Geolocation by DB-IP", "https://db-ip.com",
)  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """What a fixture's database holds; `replace` a field to make another case."""

    quarters: tuple[str, ...] = ("2025Q3", "2025Q4")
    regions: tuple[tuple[str, str, int], ...] = REGIONS
    network_types: tuple[str, ...] = tuple(name for name, *_ in NETWORK_TYPES)
    is_simulated: bool = True
    operator: str = "Demo Storage"
    sampling: tuple[tuple[float | None, float], ...] = ((1000.0, 0.82), (512.0, 0.18))
    low_precision: tuple[tuple[str, str], ...] = (("unclassified", "ca-east"),)
    withheld: tuple[tuple[str, str], ...] = ()
    labels: dict[str, str] = field(default_factory=dict)
    editions: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)

    def labelled(self, identifier: str, label: str) -> "Scenario":
        """The same with another label for a network type or region."""
        return replace(self, labels={**self.labels, identifier: label})

    def bits(self, quarter: str, network_type: str) -> int:
        return round(TOTAL_BITS[quarter] * SHARES[quarter][network_type])

    def total(self, quarter: str) -> int:
        return sum(self.bits(quarter, network_type) for network_type in self.network_types)

    def parts(self, network_type: str) -> dict[str, float]:
        """A type's part in each region of the scenario; with fewer regions the first takes the rest."""
        known = {region for region, *_ in self.regions}
        parts = {region: part for region, part in REGION_PARTS[network_type].items() if region in known}
        first = self.regions[0][0]
        parts[first] = parts.get(first, 0.0) + 1 - sum(parts.values())
        return parts


def write_marts(database: Path, scenario: Scenario | None = None) -> Path:
    """Write the marts of a scenario to a new DuckDB file, and return its path."""
    scenario = scenario or Scenario()
    with duckdb.connect(str(database)) as connection:
        connection.execute(SCHEMA + BEHAVIOUR_SCHEMA)
        for mart, (column, kind) in product(OF_CELLS, MEASURED.items()):
            connection.execute(f"alter table marts.{mart} add column if not exists {column} {kind}")
        write_tables(connection, scenario.editions or {name: [] for name in TABLES})
        for table, rows in _tables(scenario).items():
            if rows:
                # A column that the rows leave out, the last one, keeps its default.
                columns = [column for column, *_ in connection.execute(f"from marts.{table}").description or []]
                named = columns[: len(rows[0])]
                written = pa.table({name: [row[place] for row in rows] for place, name in enumerate(named)})
                connection.register("written", written)
                connection.execute(f"insert into marts.{table} ({', '.join(named)}) from written")
    return database


Rows = Sequence[Sequence[object]]


def _tables(scenario: Scenario) -> dict[str, Rows]:
    named = [(name, scenario.labels.get(name, label), *rest, True) for name, label, *rest in NETWORK_TYPES]
    return {
        "operator_profile": [(scenario.operator, scenario.is_simulated, "America/Los_Angeles", date(2025, 8, 1))],
        "network_types": named,
        "regions": [(name, scenario.labels.get(name, label), place) for name, label, place in scenario.regions],
        "data_sources": [DB_IP],
        "verdicts": VERDICTS,
        "share_groups": [("other_clouds", "Other clouds", name, 1) for name in OTHER_CLOUDS],
        "sampling_quarterly": [
            (quarter, interval, round(share * scenario.total(quarter)), share)
            for quarter in scenario.quarters
            for interval, share in scenario.sampling
        ],
        "coverage_quarterly": [_coverage(quarter) for quarter in scenario.quarters],
        "network_type_monthly": _monthly(scenario),
        "network_type_quarterly": _quarterly(scenario),
        "region_network_type_quarterly": _regional(scenario),
        "metro_quarterly": _metros(scenario),
        "metro_network_type_quarterly": _types_of_metros(scenario),
        **behaviour_rows(scenario),
        "traffic_flow_quarterly": _flows(scenario),
        "share_group_quarterly": _share_groups(scenario),
        "magnitude_quarterly": _magnitudes(scenario),
        "quarter_over_quarter": _comparison(scenario),
    }


def _coverage(quarter: str) -> Sequence[object]:
    expected, present = DAYS[quarter]
    records = present * 1_000_000
    return (
        quarter,
        BEGAN[quarter],
        expected,
        present,
        expected * 288,
        present * 288 - 3,
        records,
        records - 4_200,
        4_200,
        True,
        1,
        7,
        3,
    )


def _error(network_type: str) -> tuple[float, float, bool, int]:
    error = 0.004 if network_type != "unclassified" else 0.021
    return error, error * 1.9, False, 250_000


def _monthly(scenario: Scenario) -> Rows:
    rows = []
    for quarter in scenario.quarters:
        for month, part in MONTH_PARTS[quarter].items():
            bits = {
                name: round(scenario.bits(quarter, name) * part * _season(name, month))
                for name in scenario.network_types
            }
            total = sum(bits.values())
            for name, amount in bits.items():
                rate = amount / (30 * 86_400)
                addresses = UNIQUE_IPS[name] // 2 + 1
                rows.append(
                    (
                        quarter,
                        month,
                        name,
                        amount,
                        amount / total,
                        addresses,
                        amount / addresses,
                        rate,
                        rate * 1.7,
                        rate * 3.1,
                        8_640,
                        42.0,
                        *_error(name),
                    )
                )
    return rows


def _season(network_type: str, month: date) -> float:
    """Neocloud peaks in October, hyperscaler rises to December, migration falls after October."""
    shapes = {
        "neocloud": {10: 1.25, 11: 0.85, 12: 0.9},
        "hyperscaler": {10: 0.6, 11: 1.1, 12: 1.35},
        "migration": {8: 0.7, 9: 1.25, 10: 1.8, 11: 0.6, 12: 0.5},
    }
    return shapes.get(network_type, {}).get(month.month, 1.0)


def _quarterly(scenario: Scenario) -> Rows:
    return [
        (quarter, BEGAN[quarter], name, scenario.bits(quarter, name),
         scenario.bits(quarter, name) / scenario.total(quarter), UNIQUE_IPS[name],
         scenario.bits(quarter, name) / UNIQUE_IPS[name], *_error(name), scenario.bits(quarter, name) / SECONDS)
        for quarter in scenario.quarters
        for name in scenario.network_types
    ]  # fmt: skip


def _regional(scenario: Scenario) -> Rows:
    rows = []
    for quarter in scenario.quarters:
        for name in scenario.network_types:
            for region, part in scenario.parts(name).items():
                bits, addresses = (
                    round(scenario.bits(quarter, name) * part),
                    round(UNIQUE_IPS[name] * min(1.0, part * 1.1)) or 1,
                )
                error, upper, _, packets = _error(name)
                weak = (name, region) in scenario.low_precision
                withheld = (name, region) in scenario.withheld
                rows.append(
                    (quarter, BEGAN[quarter], region, name, bits, bits / scenario.total(quarter),
                     None if withheld else addresses, None if withheld else bits / addresses,
                     0.07 if weak else error, 0.13 if weak else upper, weak, packets)
                )  # fmt: skip
    return rows


def _metros(scenario: Scenario) -> Rows:
    """1,000 addresses in each metro, and a relative standard error of 3% and 4%."""
    errors = {"2025Q3": 0.03, "2025Q4": 0.04}
    known = [region for region, *_ in scenario.regions]
    return [
        (quarter, region if region in known else known[0], metro, "interconnect_site",
         round(part * scenario.total(quarter)), part, part * scenario.total(quarter) / SECONDS,
         1000, part * scenario.total(quarter) / 1000, errors[quarter])
        for quarter in scenario.quarters
        for (region, metro), part in METROS[quarter].items()
    ]  # fmt: skip


# How the bits of a region lie over its metros.
PARTS_OF_REGIONS = {
    "us-west": {"Sacramento": 0.6, "Phoenix": 0.4},
    "us-east": {"Northern Virginia": 0.5, "Chicago": 0.3, "New York": 0.2},
    "ca-east": {"Toronto": 1.0},
}
# Degrees north and east; Phoenix has none.
POSITIONS = {
    "Sacramento": (38.58, -121.49), "Northern Virginia": (39.04, -77.49), "Chicago": (41.88, -87.63),
    "New York": (40.71, -74.01), "Toronto": (43.65, -79.38),
}  # fmt: skip


def _types_of_metros(scenario: Scenario) -> Rows:
    """Each type's bits of a region by metro, with a hundredth of its addresses."""
    return [
        (quarter, region, metro, "interconnect_site", name, bits, bits / scenario.total(quarter), addresses,
         bits / addresses, *_error(name)[:3], *POSITIONS.get(metro, (None, None)))
        for quarter in scenario.quarters
        for name in scenario.network_types
        for region, part in scenario.parts(name).items()
        for metro, of_region in PARTS_OF_REGIONS.get(region, {"Elsewhere": 1.0}).items()
        if (bits := round(scenario.bits(quarter, name) * part * of_region))
        and (addresses := UNIQUE_IPS[name] // 100)
    ]  # fmt: skip


def _flows(scenario: Scenario) -> Rows:
    rows = []
    for quarter in scenario.quarters:
        for name in scenario.network_types:
            for region, part in scenario.parts(name).items():
                bits = round(scenario.bits(quarter, name) * part)
                egress = round(bits * EGRESS_PART[name])
                error, upper, _, packets = _error(name)
                errors = error, upper, (name, region) in scenario.low_precision, packets
                rows += [
                    (quarter, BEGAN[quarter], "ingress", region, name, bits - egress, *errors),
                    (quarter, BEGAN[quarter], "egress", region, name, egress, *errors),
                    (quarter, BEGAN[quarter], "both", region, name, bits, *errors),
                ]
    return rows


def _clouds(scenario: Scenario, quarter: str) -> int:
    return sum(scenario.bits(quarter, name) for name in OTHER_CLOUDS if name in scenario.network_types)


def _share_groups(scenario: Scenario) -> Rows:
    return [
        (
            quarter,
            BEGAN[quarter],
            "both",
            "other_clouds",
            "all_boundary_bits",
            bits,
            bits / scenario.total(quarter),
        )
        for quarter in scenario.quarters
        if (bits := _clouds(scenario, quarter))
    ]


def _magnitudes(scenario: Scenario) -> Rows:
    rows = []
    for quarter in scenario.quarters:
        for name in scenario.network_types:
            bits, addresses = scenario.bits(quarter, name), UNIQUE_IPS[name]
            daily_ips, daily = addresses / 9 + 1, bits / DAYS[quarter][1] / (addresses / 9 + 1)
            rows.append(
                (quarter, BEGAN[quarter], name, bits, addresses, bits / addresses,
                 daily_ips, daily_ips * 1.6, daily_ips * 1.9,
                 daily, daily * 1.8, daily * 2.6)
            )  # fmt: skip
    return rows


def _comparison(scenario: Scenario) -> Rows:
    rows: list[Sequence[object]] = []
    for quarter, before in zip(scenario.quarters[1:], scenario.quarters, strict=False):
        groups = {"other_clouds": (_clouds(scenario, quarter), _clouds(scenario, before))}
        types = {name: (scenario.bits(quarter, name), scenario.bits(before, name)) for name in scenario.network_types}
        total = {"all": (scenario.total(quarter), scenario.total(before))}
        for dimension, members in (("share_group", groups), ("network_type", types), ("total", total)):
            for member, (bits, earlier) in members.items():
                if earlier and bits:
                    shares = bits / scenario.total(quarter), earlier / scenario.total(before)
                    rows.append(_compared("share_of_bits", dimension, member, quarter, before, *shares))
                rows.append(_compared("bits", dimension, member, quarter, before, float(bits), float(earlier)))
                daily = bits / DAYS[quarter][1], earlier / DAYS[before][1]
                rows.append(_compared("bits_daily_average", dimension, member, quarter, before, *daily))
        for name in scenario.network_types:
            ips = UNIQUE_IPS[name] / 9, UNIQUE_IPS[name] / 10
            rows.append(_compared("unique_ips_daily_average", "network_type", name, quarter, before, *ips))
            magnitudes = types[name][0] / DAYS[quarter][1] / ips[0], types[name][1] / DAYS[before][1] / ips[1]
            rows.append(_compared("magnitude_daily_average", "network_type", name, quarter, before, *magnitudes))
    return rows


def _compared(
    metric: str, dimension: str, member: str, quarter: str, before: str, value: float, earlier: float
) -> Sequence[object]:
    return (
        metric, dimension, member, quarter, before, value, earlier, float(Decimal(value) - Decimal(earlier)),
        "partial quarter", 2, PARTIAL_REASONS,
    )  # fmt: skip
