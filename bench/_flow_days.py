"""Days of resolved flow records to measure with: one operator's lake, written all at once with numpy.

Belongs here: making the lake. Does not belong here: timing (bench/warehouse.py).
"""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from assets.exports.decoded_day import EXPORT_LOSSES
from assets.exports.formats._export_health import EXPORT_HEALTH
from assets.exports.formats._flow_record import FLOW_RECORD
from assets.ground.lake import Lake, Partition
from assets.ground.quarters import Quarter
from assets.operator import load_operator, operator_tables
from assets.registry.address_plan import AddressPlan
from assets.registry.source import CLOUD_RANGES, NETWORK_EVIDENCE, NETWORKS, PREFIX_ORIGINS

AS_OF = date(2025, 9, 30)
PEERS, OURS = 400_000, 1_000
NETWORKS_KNOWN, FIRST_AS = 15_000, 1_000
V4_PREFIXES, V6_PREFIXES, CLOUD_EVERY = 120_000, 8_000, 50
V6_EVERY = 20
BLOCK = 1_000_000
DAY_MS, BIN_MS, BINS = 86_400_000, 300_000, 288
EXTERNAL, INTERNAL = 8, 4
ACTIVE_TIMEOUT_MS = 60_000
LINKS = ("transit", "transit", "peering", "peering", "peering", "exchange", "exchange", "private_interconnect")
FLOW_EXPORTS = pa.schema([
    ("export_on", pa.date32()), ("source", pa.string()), ("source_file", pa.string()), ("exporter_hint", pa.string()),
    ("file_bytes", pa.uint64()), ("sha256", pa.string()), ("is_complete", pa.bool_()), ("state", pa.string()),
    ("reason", pa.string()), ("remedy", pa.string()),
])  # fmt: skip
ROUTERS = [f"198.51.100.{number}" for number in (1, 2, 3)]
OPERATOR = """
name: Bench
simulated: true
own_asns: [64500]
tracking_began_on: 2025-08-01
flow_sources:
  - address: exports/{date}
registries:
  - name: ip_to_asn
"""
FILES = {
    "operator.yaml": OPERATOR,
    "exporters.csv": "exporter,name,site,sampling_interval,as_numbers,metering,active_timeout_s,valid_from,valid_to\n"
    + f"{ROUTERS[0]},one,ONE1,,origin,ingress,120,,\n{ROUTERS[1]},two,TWO1,,ignore,ingress,120,,\n"
    + f"{ROUTERS[2]},three,THREE1,2000,ignore,ingress,120,,\n",
    "interfaces.csv": "exporter,interface,if_index,role,connectivity,provider,speed_bps,valid_from,valid_to\n"
    + "".join(
        f"{router},et-0/0/{number},{number},{'external' if number <= EXTERNAL else 'internal'},"
        f"{LINKS[number - 1] if number <= EXTERNAL else 'internal'},{'AS3356' if number == EXTERNAL else ''},,,\n"
        for router in ROUTERS
        for number in range(1, EXTERNAL + INTERNAL + 1)
    ),
    "sites.csv": "site,metro,region\nONE1,One,west\nTWO1,Two,west\nTHREE1,Three,east\n",
    "regions.csv": "region,label,position\nwest,West,1\neast,East,2\n",
    "own_prefixes.csv": "prefix,label\n203.0.112.0/22,service\n2001:db8::/32,all of IPv6\n",
}


def write_operator(folder: Path) -> None:
    """An operator folder of three routers with twelve interfaces each."""
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text.lstrip(), encoding="utf-8")


@dataclass
class FlowLake:
    """A lake below `folder`, of which any day's records are made from the day's own seed.

    Each flow is told in so many `pieces`, as a router's cache cuts what lasts longer than its active timeout.
    """

    folder: Path
    pieces: int = 1

    @property
    def lake(self) -> Lake:
        return Lake(self.folder / "lake")

    @cached_property
    def plan(self) -> AddressPlan:
        own = operator_tables(load_operator(self.folder / "operator"))
        return AddressPlan.build(
            AS_OF, _prefix_origins(), own_prefixes=own["own_prefixes"], overrides=own["overrides"],
            cloud_ranges=_cloud_ranges(),
        )  # fmt: skip

    @cached_property
    def peers(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Addresses (n, 16), ranges and origin AS numbers of the peers; one in twenty speaks IPv6."""
        addresses = _peer_addresses()
        ranges = self.plan.lookup(addresses)
        origins = self.plan.table["origin_as"].fill_null(0).to_numpy()[ranges]
        return addresses, ranges, origins.astype(np.uint32)

    def write_registries(self) -> None:
        write_operator(self.folder / "operator")
        for name, table in operator_tables(load_operator(self.folder / "operator")).items():
            self.write(("operator", name), table)
        self.write(("registry", "address_ranges"), self.plan.table, Partition("plan_as_of", AS_OF))
        networks = [
            {"as_of": AS_OF, "asn": FIRST_AS + number, "name": f"Network {number}", "source": "made_up"}
            for number in range(NETWORKS_KNOWN)
        ]
        self.write(("registry", "networks"), pa.Table.from_pylist(networks, NETWORKS), Partition("as_of", AS_OF))
        kinds = ("isp", "hosting", "business", "education")
        said = [
            {"as_of": AS_OF, "source": "ipverse", "asn": one["asn"], "kind": "type", "value": kinds[one["asn"] % 4]}
            for one in networks
        ]
        evidence = pa.Table.from_pylist(said, NETWORK_EVIDENCE)
        self.write(("registry", "network_evidence"), evidence, Partition("as_of", AS_OF))
        self.write(("registry", "sources"), _sources())

    def write_day(self, day: date, records: int) -> None:
        """The flow records, health and files of one export day, `received_at` on that day."""
        partition = Partition("export_on", day)
        key = ("exports", "flow_records")
        with self.lake.writer(key, FLOW_RECORD, fingerprint="bench", partition=partition) as write:
            for block in self._blocks(day, records):
                write(block)
        self.write(("exports", "export_health"), _health(day), partition)
        self.write(("exports", "export_losses"), pa.Table.from_pylist([], EXPORT_LOSSES), partition)
        file = {"export_on": day, "source_file": "made.pcap", "file_bytes": 1, "sha256": "00", "state": "pulled"}
        self.write(("exports", "flow_exports"), pa.Table.from_pylist([file], FLOW_EXPORTS), partition)

    def select(self, days: Iterable[date], quarters: Iterable[str] = ()) -> None:
        """What the next dbt call builds."""
        self.write(("run", "export_days"), pa.table({"export_on": pa.array(sorted(days), pa.date32())}))
        wanted = [Quarter.parse(text) for text in quarters]
        columns = {
            "quarter": pa.array([str(quarter) for quarter in wanted], pa.string()),
            "quarter_began_on": pa.array([quarter.began_on for quarter in wanted], pa.date32()),
            "quarter_ended_on": pa.array([quarter.ended_on for quarter in wanted], pa.date32()),
        }
        self.write(("run", "quarters"), pa.table(columns))

    def write(self, key: tuple[str, str], table: pa.Table, partition: Partition | None = None) -> None:
        self.lake.write(key, table, fingerprint="bench", partition=partition)

    def _blocks(self, day: date, records: int) -> Iterator[pa.Table]:
        """A million records at a time, in the order in which they began."""
        random = np.random.default_rng(day.toordinal())
        for at in range(0, records, BLOCK):
            count = min(BLOCK, records - at)
            span = DAY_MS - 4 * BIN_MS // 5 - (self.pieces - 1) * ACTIVE_TIMEOUT_MS
            began = np.sort(random.integers(at * span // records, (at + count) * span // records, count))
            yield self._block(random, day, began)

    def _block(self, random: np.random.Generator, day: date, began: np.ndarray) -> pa.Table:
        count = len(began)
        flow, piece = np.divmod(np.arange(count), self.pieces)
        flows = int(flow[-1]) + 1
        who = np.minimum(PEERS ** random.random(flows), PEERS - 1).astype(np.int64)[flow]
        addresses, ranges, origins = self.peers
        ours, our_ranges = self._ours(who, random.integers(0, OURS, flows)[flow])
        comes_in = random.random(flows) < 0.6
        router = random.integers(0, len(ROUTERS), flows)[flow]
        links = [one[flow] for one in _interfaces(random, comes_in)]
        comes_in = comes_in[flow]
        midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
        start = midnight + began[flow * self.pieces] + piece * ACTIVE_TIMEOUT_MS
        lasted = np.where(random.random(count) < 0.7, random.exponential(5_000, count), random.random(count) * 120_000)
        longest = 120_000 if self.pieces == 1 else ACTIVE_TIMEOUT_MS
        whole = np.where(self._is_cut(piece), ACTIVE_TIMEOUT_MS, np.minimum(lasted, longest))
        end = start + whole.astype(np.int64)
        packets = random.geometric(0.05, count).astype(np.uint64)
        made: dict[str, Any] = {
            "export_on": pa.repeat(pa.scalar(day, pa.date32()), count),
            "source_file": _named("made.pcap", count),
            "exporter": _binary(np.stack([_packed(one) for one in ROUTERS])[router]),
            "observation_domain": np.zeros(count, np.uint32),
            "flow_protocol": _named("ipfix", count),
            "received_at": pa.array(end + random.integers(0, 60_000, count), pa.int64()),
            "start_at": pa.array(start, pa.int64()),
            "end_at": pa.array(end, pa.int64()),
            "src_addr": _binary(np.where(comes_in[:, None], addresses[who], ours)),
            "dst_addr": _binary(np.where(comes_in[:, None], ours, addresses[who])),
            "ip_version": np.where(who % V6_EVERY == 7, 6, 4).astype(np.uint8),
            "src_port": random.integers(1024, 65_535, flows).astype(np.uint16)[flow],
            "dst_port": np.full(count, 443, np.uint16),
            "protocol": np.full(count, 6, np.uint8),
            "tcp_flags": np.full(count, 24, np.uint16),
            "tos": np.zeros(count, np.uint8),
            "bytes": packets * random.integers(40, 1500, count).astype(np.uint64),
            "packets": packets,
            "sampling_interval": pa.array(np.full(count, 1000.0), mask=router == 2),
            "sampling_source": _named("options", count),
            "is_scaled": np.zeros(count, np.bool_),
            "in_if": links[0],
            "out_if": links[1],
            "src_as": np.where(comes_in, origins[who], 0).astype(np.uint32),
            "dst_as": np.where(comes_in, 0, origins[who]).astype(np.uint32),
            "src_range": np.where(comes_in, ranges[who], our_ranges).astype(np.int32),
            "dst_range": np.where(comes_in, our_ranges, ranges[who]).astype(np.int32),
            "plan_as_of": pa.repeat(pa.scalar(AS_OF, pa.date32()), count),
        }
        table = pa.table([_column(made.get(one.name), one.type, count) for one in FLOW_RECORD], schema=FLOW_RECORD)
        return table if self.pieces == 1 else table.take(np.argsort(start, kind="stable"))

    def _is_cut(self, piece: np.ndarray) -> np.ndarray:
        """Whether more of the flow follows: such a piece lasts as long as the active timeout."""
        return piece < self.pieces - 1

    def _ours(self, who: np.ndarray, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Our own address of the peer's IP version, and its range."""
        v4 = _host(_packed("203.0.112.0"), np.arange(OURS))
        v6 = _host(_packed("2001:db8::"), np.arange(OURS))
        is_v6 = who % V6_EVERY == 7
        addresses = np.where(is_v6[:, None], v6[number], v4[number])
        v4_ranges, v6_ranges = self.plan.lookup(v4), self.plan.lookup(v6)
        return addresses, np.where(is_v6, v6_ranges[number], v4_ranges[number])


def _interfaces(random: np.random.Generator, comes_in: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Input and output interface: external to internal and back; one in 25 records stays inside or only passes."""
    count = len(comes_in)
    outer = random.integers(1, EXTERNAL + 1, count)
    inner = random.integers(EXTERNAL + 1, EXTERNAL + INTERNAL + 1, count)
    lot = random.random(count)
    outer = np.where(lot < 0.03, 1 + EXTERNAL, outer)
    inner = np.where(lot > 0.99, 1, inner)
    return np.where(comes_in, outer, inner).astype(np.uint32), np.where(comes_in, inner, outer).astype(np.uint32)


def _column(values: Any, kind: pa.DataType, count: int) -> pa.Array:
    if values is None:
        return pa.nulls(count, kind)
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return array if array.type.equals(kind) else array.cast(kind)


def _named(name: str, count: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([name]))


def _binary(addresses: np.ndarray) -> pa.Array:
    made = np.ascontiguousarray(addresses, np.uint8)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(made), [None, pa.py_buffer(made)])


def _packed(address: str) -> np.ndarray:
    packed = ipaddress.ip_address(address).packed
    return np.frombuffer(packed if len(packed) == 16 else bytes(10) + b"\xff\xff" + packed, np.uint8)


def _host(network: np.ndarray, hosts: np.ndarray) -> np.ndarray:
    """The n-th address of a network, in 16 bytes; `hosts` below 2^32."""
    made = np.tile(network, (len(hosts), 1))
    low = int.from_bytes(network[12:].tobytes(), "big") + hosts.astype(np.int64)
    made[:, 12:] = low.astype(">u4").view(np.uint8).reshape(-1, 4)
    return made


def _networks(version: int) -> tuple[np.ndarray, int]:
    """The first address of each peer prefix, and their number: /22 from 32/8 on, /48 from 2a00::."""
    if version == 4:
        return _host(_packed("32.0.0.0"), np.arange(V4_PREFIXES) * 1024), V4_PREFIXES
    made = np.tile(_packed("2a00::"), (V6_PREFIXES, 1))
    made[:, 2:6] = np.arange(V6_PREFIXES).astype(">u4").view(np.uint8).reshape(-1, 4)
    return made, V6_PREFIXES


def _peer_addresses() -> np.ndarray:
    random = np.random.default_rng(7)
    v4, v6 = _networks(4)[0], _networks(6)[0]
    made = v4[random.integers(0, V4_PREFIXES, PEERS)]
    made[:, 14] |= random.integers(0, 4, PEERS).astype(np.uint8)
    made[:, 15] = random.integers(0, 256, PEERS)
    speaks_v6 = np.arange(PEERS) % V6_EVERY == 7
    of_v6 = v6[random.integers(0, V6_PREFIXES, int(speaks_v6.sum()))]
    of_v6[:, 6:] = random.integers(0, 256, (len(of_v6), 10))
    made[speaks_v6] = of_v6
    return made


def _last(first: np.ndarray, version: int) -> np.ndarray:
    last = first.copy()
    if version == 4:
        last[:, 14] |= 3
        last[:, 15] = 255
    else:
        last[:, 6:] = 255
    return last


def _ranges(version: int, every: int = 1, **columns: Any) -> pa.Table:
    first, count = _networks(version)
    first = first[::every]
    known = {
        "as_of": pa.repeat(pa.scalar(AS_OF, pa.date32()), len(first)),
        "source": pa.repeat("made_up", len(first)),
        "ip_version": pa.array(np.full(len(first), version, np.uint8)),
        "first_address": _binary(first),
        "last_address": _binary(_last(first, version)),
    }
    return pa.table({**known, **{name: make(count)[::every] for name, make in columns.items()}})


def _prefix_origins() -> pa.Table:
    made = [
        _ranges(
            version,
            origin_as=_origins,
            seen_by=lambda count: pa.array(np.ones(count, np.uint32)),
        )
        for version in (4, 6)
    ]
    return pa.concat_tables(made).cast(PREFIX_ORIGINS)


def _origins(count: int) -> pa.Array:
    """Who announces each prefix: a few networks announce many, as they do."""
    lot = np.random.default_rng(11).random(count)
    return pa.array((FIRST_AS + NETWORKS_KNOWN**lot).astype(np.uint32))


def _cloud_ranges() -> pa.Table:
    made = _ranges(
        4, CLOUD_EVERY,
        cloud=lambda count: pa.repeat("aws", count),
        cloud_region=lambda count: pa.array([f"region-{number // CLOUD_EVERY % 10}" for number in range(count)]),
        metro=lambda count: pa.nulls(count, pa.string()),
        country=lambda count: pa.repeat("US", count),
    )  # fmt: skip
    return made.cast(CLOUD_RANGES)


def _health(day: date) -> pa.Table:
    midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
    rows = [
        {**dict.fromkeys(EXPORT_HEALTH.names, 0), "export_on": day, "exporter": _packed(router).tobytes(),
         "flow_protocol": "ipfix", "bin_at": midnight + number * BIN_MS, "is_covered": True, "datagrams": 1,
         "data_records": 10,
         "records_expected": 10, "is_estimate": False, "first_at": None, "last_at": None}
        for router in ROUTERS for number in range(BINS)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, EXPORT_HEALTH)


def _sources() -> pa.Table:
    told = {
        "source": "made_up", "producer": "Nobody", "title": "Made-up registry", "address": "https://example.net/made",
        "licence": "CC0", "citation": "none", "visible_credit": None, "visible_credit_address": None,
    }  # fmt: skip
    columns = {name: pa.array([value], pa.string()) for name, value in told.items()}
    return pa.table({**columns, "may_be_redistributed": pa.array([True]), "as_of": pa.array([AS_OF])})
