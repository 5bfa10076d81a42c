"""The small published database's marts of behaviour: versions, sizes, rhythm, persistence, clouds, movers, the bridge.

Belongs here: their schema, and rows that follow from a scenario without chance. Does not belong here: shares, regions,
coverage and the comparison (marts_fixture).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

Rows = Sequence[Sequence[object]]

SCHEMA = """
create table marts.ip_version_monthly (quarter varchar, month date, network_type varchar, ip_version utinyint,
    bits decimal(38,0), share_of_bits double, unique_ips bigint, relative_standard_error double,
    relative_standard_error_upper double, is_low_precision boolean, is_suppressed boolean default false);
create table marts.concentration_quarterly (quarter varchar, region varchar, network_type varchar, networks bigint,
    top_10_share double, hhi double, gini double, entropy double, unique_ips bigint, top_10_address_share double,
    address_hhi double, address_gini double, address_entropy double, is_suppressed boolean default false);
create table marts.persistence_quarterly (quarter varchar, network_type varchar, days_present bigint,
    unique_ips bigint, persistent_ips bigint, persistent_share_of_bits double, active_days_mean double,
    active_hours_mean double, is_suppressed boolean default false);
create table marts.flow_size_quarterly (quarter varchar, network_type varchar, size_class integer,
    bytes_from bigint, bytes_below bigint, flow_records bigint, bits decimal(38,0), share_of_bits double,
    is_suppressed boolean default false);
create table marts.rhythm_quarterly (quarter varchar, region varchar, network_type varchar, direction varchar,
    hour_of_week integer, bits_per_second_average_local double, is_suppressed boolean default false);
create table marts.new_addresses_monthly (quarter varchar, month date, network_type varchar, history_began_on date,
    unique_ips bigint, new_ips bigint, returning_ips bigint, new_share_of_bits double,
    is_suppressed boolean default false);
create table marts.connectivity_quarterly (quarter varchar, region varchar, network_type varchar,
    direction varchar, connectivity varchar, bits decimal(38,0), is_suppressed boolean default false);
create table marts.cross_cloud_quarterly (quarter varchar, provider varchar, cloud_region varchar, name varchar,
    bits decimal(38,0), share_of_bits double, unique_ips bigint, magnitude double, bits_per_second_average double,
    bits_per_second_p95 double, bits_per_second_max double, relative_standard_error double,
    relative_standard_error_upper double, is_low_precision boolean, is_suppressed boolean default false);
create table marts.network_quarterly (quarter varchar, quarter_began_on date, network_type varchar,
    network_key varchar, name varchar, bits decimal(38,0), type_confidence double, bits_per_second_average double,
    is_suppressed boolean default false);
create table marts.quarter_bridge (metric varchar, dimension varchar, member varchar, quarter varchar,
    previous_quarter varchar, previous_value decimal(38,12), previous_value_restated decimal(38,12),
    value decimal(38,12), coverage_effect decimal(38,12), traffic_effect decimal(38,12),
    reclassification_effect decimal(38,12), definition_effect decimal(38,12), is_suppressed boolean default false);
create table marts.ai_workflows (quarter varchar, network_type varchar, network_key varchar, region varchar,
    direction varchar, began_at timestamp, ended_at timestamp, bits decimal(38,0), own_addresses bigint,
    unique_ips bigint, bits_per_second_sustained double, bits_per_second_max double,
    bits_per_second_per_own_address double, bits_per_second_per_own_address_max double,
    bits_per_second_per_peer_address double, bits_per_second_per_peer_address_max double,
    is_suppressed boolean default false);
create table marts.elephant_flows (quarter varchar, network_type varchar, network_key varchar, direction varchar,
    elephants bigint, bits decimal(38,0), share_of_bits double, own_addresses bigint, unique_ips bigint,
    seconds_median double, seconds_max double, bits_per_second_median double, bits_per_second_max double,
    is_suppressed boolean default false);
create table marts.classification_changes (quarter varchar, network_key varchar, name varchar,
    previous_network_type varchar, network_type varchar, bits decimal(38,0), previous_bits decimal(38,0),
    changed_on date, previous_rule varchar, rule varchar, confidence double, reason varchar,
    is_suppressed boolean default false);
"""
MONTHS = {
    "2025Q3": (date(2025, 8, 1), date(2025, 9, 1)),
    "2025Q4": (date(2025, 10, 1), date(2025, 11, 1), date(2025, 12, 1)),
}
BEGAN = {"2025Q3": date(2025, 7, 1), "2025Q4": date(2025, 10, 1)}
SECONDS = 7_776_000  # 90 days
GIB = 2**30


class World(Protocol):
    """What a scenario tells of types."""

    quarters: tuple[str, ...]
    network_types: tuple[str, ...]

    def bits(self, quarter: str, network_type: str) -> int: ...
    def total(self, quarter: str) -> int: ...
    def parts(self, network_type: str) -> dict[str, float]: ...


def behaviour_rows(world: World) -> Mapping[str, Rows]:
    """The rows of each mart of behaviour."""
    each = [(quarter, kind) for quarter in world.quarters for kind in world.network_types]
    months = [(quarter, month, kind) for quarter, kind in each for month in MONTHS[quarter]]
    regions = [(quarter, region, kind) for quarter, kind in each for region in world.parts(kind)]
    return {
        "ip_version_monthly": [row for cell in months for row in _versions(world, *cell)],
        "concentration_quarterly": [
            (quarter, region, kind, 4, 1.0, 0.25, 0.0, 1.0, 400, 0.2 if kind == "neocloud" else 0.1, 0.01, 0.3, 0.9)
            for quarter, region, kind in regions
        ],
        "persistence_quarterly": [
            (quarter, kind, 92, 1000, *((700, 0.8) if kind == "hyperscaler" else (100, 0.2)), 9, 40)
            for quarter, kind in each
        ],
        "flow_size_quarterly": [row for quarter, kind in each for row in _sizes(world, quarter, kind)],
        "rhythm_quarterly": [row for quarter, region, kind in regions for row in _hours(quarter, region, kind)],
        "new_addresses_monthly": [
            (quarter, month, kind, date(2025, 8, 1), 1000, *_new(month, kind)) for quarter, month, kind in months
        ],
        "connectivity_quarterly": [
            (quarter, region, kind, way, name, round(part * world.bits(quarter, kind) * world.parts(kind)[region]))
            for quarter, region, kind in regions
            for way in ("ingress", "egress")
            for name, part in (("transit", 0.1), ("exchange", 0.15), ("private_interconnect", 0.25))
        ],
        "cross_cloud_quarterly": [
            _cloud(quarter, provider, where, name, bits)
            for quarter in world.quarters
            for provider, where, name, bits in CLOUDS
        ],
        "network_quarterly": [row for quarter, kind in each for row in _networks(world, quarter, kind)],
        "quarter_bridge": _bridge(world),
        "ai_workflows": _workflows(world),
        "elephant_flows": _elephants(world),
        "classification_changes": _changes(world),
        "country_quarterly": [
            (quarter, country, bits, bits / 78e15, 100, bits / 100, 0.01, 0.02, False)
            for quarter in world.quarters
            for country, bits in (("US", 50_000 * 10**12), ("DE", 20_000 * 10**12), ("unknown", 8_000 * 10**12))
        ],
    }


# Two regions of a cloud that has a list, and a cloud without one.
CLOUDS = (
    ("alpha", "alpha-east-1", "Alpha Cloud", 3000 * 10**12),
    ("alpha", "alpha-west-1", "Alpha Cloud", 2000 * 10**12),
    ("as:64501", "unknown", "Beta Compute", 1000 * 10**12),
)


def _versions(world: World, quarter: str, month: date, kind: str) -> Rows:
    """One part in five is IPv6, of neoclouds two."""
    bits = world.bits(quarter, kind) // len(MONTHS[quarter])
    six = bits * (2 if kind == "neocloud" else 1) // 5
    return [
        (quarter, month, kind, version, amount, amount / world.total(quarter), 500, 0.004, 0.008, False)
        for version, amount in ((4, bits - six), (6, six))
    ]


def _sizes(world: World, quarter: str, kind: str) -> Rows:
    """Two classes with a quarter and three quarters of the bits; those of neoclouds are eight times as large."""
    first = 33 if kind == "neocloud" else 30
    bits = world.bits(quarter, kind)
    return [
        (quarter, kind, k, 2**k, 2 ** (k + 1), records, round(bits * part), part)
        for k, records, part in ((first, 3000, 0.25), (first + 1, 1000, 0.75))
    ]


def _hours(quarter: str, region: str, kind: str) -> Rows:
    """One rate, and on Tuesday at 20:00 three times that, of regional ISPs six."""
    peak = 6.0 if kind == "isp_regional" else 3.0
    return [
        (quarter, region, kind, direction, hour, 1e9 * (peak if hour == 44 else 1.0))
        for direction in ("ingress", "egress")
        for hour in range(168)
    ]


def _new(month: date, kind: str) -> tuple[object, ...]:
    if month == date(2025, 8, 1):
        return (None, None, None)
    new = 120 if (month, kind) == (date(2025, 10, 1), "cdn") else 10
    return (new, 1000 - new, 0.05)


def _cloud(quarter: str, provider: str, where: str, name: str, bits: int) -> Sequence[object]:
    rate = bits / SECONDS
    return (quarter, provider, where, name, bits, bits / 78e15, 100, bits / 100, rate, rate, rate, 0.01, 0.02, False)


def _networks(world: World, quarter: str, kind: str) -> Rows:
    """A network of nine tenths of each type's bits, and one of the rest; both are named by their type."""
    return [
        (quarter, BEGAN[quarter], kind, f"{kind}:{part}", f"{kind} {part}", part * world.bits(quarter, kind) // 10,
         None if kind == "unclassified" or part == 1 else 0.9, part / 10 * world.bits(quarter, kind) / SECONDS)
        for part in (9, 1)
    ]  # fmt: skip


def _workflows(world: World) -> Rows:
    """One hour on a November day, of a neocloud, at 200 Gbit/s."""
    if "neocloud" not in world.network_types or "2025Q4" not in world.quarters:
        return []
    window = datetime(2025, 11, 12, 14), datetime(2025, 11, 12, 15)
    rates = 200e9, 210e9, 50e9, 51e9, 20e9, 21e9
    region = next(iter(world.parts("neocloud")))
    return [("2025Q4", "neocloud", "as:64500", region, "egress", *window, 720 * 10**12, 4, 10, *rates)]


def _elephants(world: World) -> Rows:
    """Of each type a network with ten elephants of a hundredth of its bits, of neoclouds a half."""
    return [
        (quarter, kind, f"as:{64500 + place}", "egress", 10, round(world.bits(quarter, kind) * part), part, 4, 10,
         1200.0, 1800.0, 1e9, 5e9)
        for quarter in world.quarters
        for place, kind in enumerate(world.network_types)
        for part in (0.5 if kind == "neocloud" else 0.01,)
    ]  # fmt: skip


def _changes(world: World) -> Rows:
    """One network of a point of all bits went from hosting to neocloud."""
    if not {"neocloud", "hosting"} <= {*world.network_types} or len(world.quarters) < 2:
        return []
    bits = tuple(world.total(quarter) // 100 for quarter in reversed(world.quarters))
    return [
        (world.quarters[-1], "as:64510", "Gamma Racks", "hosting", "neocloud", *bits, date(2025, 10, 3), "db_name",
         "override_asn", 1.0, "rents GPUs")
    ]  # fmt: skip


def _bridge(world: World) -> Rows:
    """Shares; one point of neocloud's difference are networks that changed their type from hosting."""
    rows = []
    for quarter, before in zip(world.quarters[1:], world.quarters, strict=False):
        for kind in world.network_types:
            now, then = (round(world.bits(one, kind) / world.total(one), 12) for one in (quarter, before))
            moved = {"neocloud": 0.01, "hosting": -0.01}.get(kind, 0.0)
            traffic = round(now - then - moved, 12)
            rows.append(
                ("share_of_bits", "network_type", kind, quarter, before, then, then + moved, now, 0, traffic, moved, 0)
            )
    return rows
