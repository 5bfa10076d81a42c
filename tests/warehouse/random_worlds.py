"""Random flow records of one operator, for properties that hold of all of them.

Belongs here: the operator, its peers and interfaces as plain data, and the strategies. Does not belong here: what is
to come of a record (counted_in_python).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st
from world import PLAN_AS_OF, World, health

PLAIN, SAMPLED, BOTH, MOVED, NEW, STRANGER = (f"198.51.100.{n}" for n in range(1, 7))
BEGAN_ON, CHANGED_ON = date(2025, 12, 31), date(2026, 1, 1)
OPERATOR_YAML = f"""
name: Random worlds
simulated: true
own_asns: [410250]
tracking_began_on: {BEGAN_ON}
flow_sources:
  - address: exports/{{date}}
registries:
  - name: ip_to_asn
suppression: {{minimum_unique_ips: 1, maximum_share_of_one_network: 1}}
"""


class Exporter(NamedTuple):
    """A row of exporters.csv, from or to the day of change."""

    region: str
    metro: str
    sampling_interval: int | None
    active_timeout_s: int
    is_metering_both: bool = False


class Interface(NamedTuple):
    name: str
    role: str | None
    connectivity: str
    speed_bps: int | None = None


@dataclass(frozen=True)
class Peer:
    """What the address plan and the classification know of an address; `later` is its type from the day of change."""

    network_key: str
    network_type: str
    later: str | None = None
    override: str | None = None
    country: str = "unknown"
    cloud: str | None = None
    cloud_region: str | None = None


WEST, EAST = ("us-west", "Los Angeles"), ("us-east", "Northern Virginia")
SECOND_WEST, SECOND_EAST = ("us-west", "San Diego"), ("us-east", "Chicago")
SITES = {"LAX1": WEST, "SAN1": SECOND_WEST, "IAD1": EAST, "ORD1": SECOND_EAST}
EXPORTERS: dict[tuple[str, bool], Exporter] = {
    **{(PLAIN, changed): Exporter(*WEST, None, 1800) for changed in (False, True)},
    **{(SAMPLED, changed): Exporter(*EAST, 100, 300) for changed in (False, True)},
    **{(BOTH, changed): Exporter(*SECOND_WEST, 1, 300, True) for changed in (False, True)},
    (MOVED, False): Exporter(*WEST, 10, 300),
    (MOVED, True): Exporter(*EAST, 20, 300),
    (NEW, True): Exporter(*SECOND_EAST, 1, 300),
}
INTERFACES = {
    1: Interface("et-1", "external", "transit", 10**15),
    2: Interface("lag-2", "internal", "internal"),
    3: Interface("mig-3", "external", "migration", 10**10),
    4: Interface("et-4", None, "unknown"),
}
PEERS = {
    "30.1.0.1": Peer("as:23112", "neocloud", country="US"),
    "30.1.0.2": Peer("as:23112", "neocloud", country="US"),
    "30.3.0.1": Peer("as:714", "hyperscaler"),
    "30.4.0.1": Peer("as:2906", "cdn"),
    "30.4.9.1": Peer("as:2906", "cdn", "hosting", override="30.4.9.0/24"),
    "30.6.0.1": Peer("as:577", "isp_regional", country="CA"),
    "20.28.0.1": Peer("as:410028", "unclassified", "hosting"),
    "40.1.0.1": Peer("cloud:aws/us-east-1", "hyperscaler", cloud="aws", cloud_region="us-east-1"),
    "60.1.1.1": Peer("unknown", "unclassified"),
    "2a00:1::1": Peer("as:23112", "neocloud"),
    "2a00:1::1:0:0:1": Peer("as:23112", "neocloud"),
}
OWN = {4: ("192.0.2.1", "192.0.2.2"), 6: ("2001:db8:1::1", "2001:db8:1::2")}
ORIGINS = {"30.1.0.0/16": 23112, "30.3.0.0/16": 714, "30.4.0.0/16": 2906, "30.6.0.0/16": 577, "20.28.0.0/16": 410028,
           "40.1.0.0/16": 410200, "2a00:1::/32": 23112}  # fmt: skip
OVERRIDES = f"30.4.9.0/24,,,hosting,found out,tests,{CHANGED_ON},\n,410028,,hosting,found out,tests,{CHANGED_ON},\n"
EXPORT_DAYS = [date(2025, 12, 30), BEGAN_ON, CHANGED_ON, date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 31),
               date(2026, 4, 1)]  # fmt: skip
QUARTERS = ["2025Q4", "2026Q1", "2026Q2"]
# The edges that records lie around: where tracking begins, of quarters with a year, of a month, of quarters.
EDGES = [datetime(on.year, on.month, on.day, tzinfo=UTC) for on in EXPORT_DAYS[1:] if on.day == 1 or on == BEGAN_ON]
MINUTE = 60_000
# Of 40 bits, evenly: whole numbers as drawn from a wide range are mostly small ones.
LARGE = st.binary(min_size=5, max_size=5).map(int.from_bytes)
# Such that bits need rounding, and are told by a double exactly.
SIXTEENTHS = st.integers(17, 255).map(lambda n: n / 16)


def made_world(folder: Path) -> World:
    """The operator and the registries; records are not written, but handed to the models."""
    operator = folder / "operator"
    operator.mkdir()
    for name, text in _files().items():
        (operator / name).write_text(text.lstrip())
    countries = {"30.1.0.0/16": "US", "30.6.0.0/16": "CA"}
    world = World(folder, operator, ORIGINS, {"40.1.0.0/16": ("aws", "us-east-1")}, countries=countries)
    world.write_registries()
    return world


def _files() -> dict[str, str]:
    sites = {metro: site for site, (_, metro) in SITES.items()}
    exporters = "exporter,name,site,sampling_interval,as_numbers,metering,active_timeout_s,valid_from,valid_to\n"
    for (exporter, changed), row in EXPORTERS.items():
        valid = f"{CHANGED_ON}," if changed else f",{CHANGED_ON - timedelta(days=1)}"
        metering = "both" if row.is_metering_both else "ingress"
        cells = [exporter, f"n{exporter[-1]}", sites[row.metro], row.sampling_interval or "", "ignore", metering]
        exporters += ",".join(map(str, [*cells, row.active_timeout_s, valid])) + "\n"
    interfaces = "exporter,interface,if_index,role,connectivity,provider,speed_bps,valid_from,valid_to\n"
    for exporter in sorted({exporter for exporter, _ in EXPORTERS}):
        for index, one in INTERFACES.items():
            connectivity = one.connectivity if one.role else ""
            interfaces += f"{exporter},{one.name},{index},{one.role or ''},{connectivity},,{one.speed_bps or ''},,\n"
    return {
        "operator.yaml": OPERATOR_YAML,
        "exporters.csv": exporters,
        "interfaces.csv": interfaces,
        "own_prefixes.csv": "prefix,label\n192.0.2.0/24,servers\n2001:db8:1::/48,servers\n",
        "sites.csv": "site,metro,region\n"
        + "".join(f"{site},{metro},{region}\n" for site, (region, metro) in SITES.items()),
        "regions.csv": "region,label,position\nus-west,US-West,1\nus-east,US-East,2\n",
        "overrides.csv": "prefix,asn,organisation,network_type,reason,author,decided_on,expires_on\n" + OVERRIDES,
    }


def milliseconds(least: int, most: int) -> st.SearchStrategy[timedelta]:
    return st.integers(least, most).map(lambda n: timedelta(milliseconds=n))


@st.composite
def _ends(draw: st.DrawFn) -> tuple[str, str]:
    """Source and destination: mostly a peer and one of us, sometimes two peers or two of us."""
    version = draw(st.sampled_from([4, 4, 6]))
    peers = st.sampled_from([peer for peer in PEERS if (":" in peer) == (version == 6)])
    ours = st.sampled_from(OWN[version])
    source, destination = draw(st.sampled_from([(peers, ours), (ours, peers)] * 3 + [(peers, peers), (ours, ours)]))
    return draw(source), draw(destination)


@st.composite
def _record(draw: st.DrawFn, exporters: list[str]) -> dict[str, Any]:
    """Around an edge, at most half an hour long, exported from ten minutes before its end to forty after."""
    start = draw(st.sampled_from(EDGES)) + draw(milliseconds(-40 * MINUTE, 40 * MINUTE))
    end = start + draw(st.one_of(milliseconds(0, 30 * MINUTE), milliseconds(-MINUTE, 1)))
    source, destination = draw(_ends())
    octets = draw(st.integers(0, 10**6) | LARGE)
    most = octets // 64 + 1
    packets = st.one_of(st.integers(octets // 9000, most), st.integers(0, min(octets // 60_000, most)))
    counters = {"bytes": octets, "packets": draw(packets)}
    return _whole(
        {
            "exporter": draw(st.sampled_from(exporters)),
            "start_at": draw(st.sampled_from([start, start, start, None])),
            "end_at": draw(st.sampled_from([end, end, end, None])),
            "received_at": end + draw(st.one_of(milliseconds(0, 4 * MINUTE), milliseconds(-10 * MINUTE, 40 * MINUTE))),
            "src_addr": source,
            "dst_addr": destination,
            "in_if": draw(st.sampled_from([1, 1, 1, 2, 3, 4, 9, None])),
            "out_if": draw(st.sampled_from([2, 2, 2, 1, 3, 4, 9, None])),
            "metering_direction": draw(st.sampled_from([None, 0, 1])),
            "sampling_interval": draw(st.none() | st.integers(1, 65535) | SIXTEENTHS),
            "is_scaled": draw(st.sampled_from([None, False, False, True])),
            "protocol": draw(st.sampled_from([None, 6, 17])),
            "layer3_bytes": draw(st.none() | st.integers(0, octets)),
            **counters,
        }
    )


@st.composite
def _mesh(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What may be a workflow: two of our addresses and two of a network, half an hour of up to a terabyte each."""
    edge, interval = draw(st.sampled_from(EDGES)), draw(st.sampled_from([1, 2, 60_001]))
    records = []
    for ours, peer in ((ours, peer) for ours in OWN[4] for peer in ("30.1.0.1", "30.1.0.2")):
        start, minutes = edge + draw(milliseconds(-30 * MINUTE, 10 * MINUTE)), draw(st.integers(12, 30))
        octets = draw(st.integers(2**36, 2**40))
        counters = {"sampling_interval": interval, "bytes": octets, "packets": octets // 1500}
        records.append(_flow(PLAIN, start, minutes, (ours, peer), in_if=2, out_if=1, **counters))
    return records


@st.composite
def worlds(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The flow records of a world, addresses as text; the same record may be there twice, as from two flows."""
    exporters = draw(st.lists(st.sampled_from([PLAIN, SAMPLED, BOTH, MOVED, NEW, STRANGER]), min_size=1, unique=True))
    records = draw(st.lists(_record(exporters), min_size=12, max_size=40))
    twins = [
        draw(_met_again(one)) for one in records if one["exporter"] == BOTH and one["metering_direction"] is not None
    ]
    return records + twins + draw(st.just([]) | _mesh())


@st.composite
def _met_again(draw: st.DrawFn, one: dict[str, Any]) -> dict[str, Any]:
    """The packets of a record met by the other metering, at about the same time or some minutes later."""
    moved = draw(st.one_of(milliseconds(-1500, 1500), milliseconds(-10 * MINUTE, 10 * MINUTE)))
    times = {name: one[name] and one[name] + moved for name in ("start_at", "end_at")}
    again = {**one, **times, "metering_direction": 1 - one["metering_direction"]}
    return _whole({**again, "received_at": one["received_at"] + moved})


def _whole(one: dict[str, Any]) -> dict[str, Any]:
    return {
        "metering_direction": None,
        "is_scaled": False,
        "layer3_bytes": None,
        **one,
        "export_on": one["received_at"].date(),
        "ip_version": 6 if ":" in one["src_addr"] else 4,
        "plan_as_of": PLAN_AS_OF,
    }


def _flow(exporter: str, start: datetime, minutes: int, ends: tuple[str, str], **columns: Any) -> dict[str, Any]:
    end = start + timedelta(minutes=minutes)
    times = {"start_at": start, "end_at": end, "received_at": end}
    return _whole({"exporter": exporter, "src_addr": ends[0], "dst_addr": ends[1], "protocol": 6, **times, **columns})


# A flow that began before the day that its exporter's row begins with, of which nothing else was exported then.
BEFORE_ITS_ROW = [
    _flow(NEW, EDGES[1] - timedelta(minutes=4), 5, ("30.1.0.1", OWN[4][0]), in_if=1, out_if=2, sampling_interval=1,
          bytes=1000, packets=10)
]  # fmt: skip


def health_of(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A datagram at noon of a day of each quarter, and one for each record when it was received."""
    rows = health([BEGAN_ON, CHANGED_ON, EXPORT_DAYS[-1]], [144], PLAIN)
    for exporter, received_at in sorted({(one["exporter"], one["received_at"]) for one in records}):
        number = (60 * received_at.hour + received_at.minute) // 5
        rows += health([received_at.date()], [number], exporter)
    return rows
