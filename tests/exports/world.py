"""An operator with a folder of export files, whose days are pulled and decoded as a run does it, without dbt.

A file holds one flow as GoFlow2 writes it, of as many bytes as the test says: no sequence number tells the decoder that
it saw it before.
"""

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from assets.exports import day_inputs, flow_exports, flow_records
from assets.ground.lake import Partition, telling_content
from assets.ground.partitions import Calendar
from assets.ground.progress import SilentProgress
from assets.ground.workspace import Workspace
from assets.registry.source import ADDRESS_RANGES

PROJECT = Path(__file__).parents[2]
MONDAY = date(2026, 1, 5)
DAY = timedelta(days=1)
EXPORTERS = """\
exporter,name,site,sampling_interval,as_numbers,metering,active_timeout_s,valid_from,valid_to
192.0.2.1,edge-1,,1,ignore,ingress,60,,
192.0.2.2,edge-2,,1,ignore,ingress,60,,
"""
SITES = "site,metro,region\n"
REGIONS = "region,label,position\n"
OWN = "prefix,label\n198.51.100.0/24,services\n"
INTERFACES = "exporter,interface,if_index,role,connectivity,provider,speed_bps,valid_from,valid_to\n"


def flow(octets: int) -> bytes:
    """A file of one flow of so many bytes."""
    told = {
        "type": "NETFLOW_V9", "time_received_ns": 1767614400000000000, "sampling_rate": 1,
        "sampler_address": "192.0.2.1", "time_flow_start_ns": 1767614390000000000,
        "time_flow_end_ns": 1767614395000000000, "bytes": octets, "packets": 1, "src_addr": "198.51.100.7",
        "dst_addr": "203.0.113.9", "etype": "IPv4", "proto": "TCP", "src_port": 443, "dst_port": 50000,
    }  # fmt: skip
    return json.dumps(told).encode() + b"\n"


def zstd(content: bytes) -> bytes:
    return pa.Codec("zstd").compress(content, asbytes=True)  # type: ignore[no-any-return]


COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstd,
}


@dataclass
class World:
    """An operator's folder and state below one root."""

    root: Path

    @property
    def operator(self) -> Path:
        return self.root / "operator"

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.operator, self.root / "state", PROJECT / "dbt_project", Calendar(MONDAY))

    def begin(self) -> "World":
        for name, text in {
            "exporters.csv": EXPORTERS,
            "sites.csv": SITES,
            "regions.csv": REGIONS,
            "own_prefixes.csv": OWN,
            "interfaces.csv": INTERFACES,
        }.items():
            self.write(self.operator / name, text.encode())
        self.sources("exports/{date}")
        plan = telling_content(ADDRESS_RANGES.empty_table())
        lake = self.workspace.lake
        lake.write(day_inputs.ADDRESS_RANGES, plan, fingerprint="empty", partition=Partition("plan_as_of", MONDAY))
        return self

    def sources(self, *addresses: str, **settings: object) -> None:
        """Write operator.yaml with these sources, all with the same settings."""
        entries = [{"address": address, **settings} for address in addresses]
        told = {"name": "Example", "tracking_began_on": MONDAY.isoformat(), "flow_sources": entries}
        self.write(self.operator / "operator.yaml", json.dumps(told).encode())

    @staticmethod
    def write(path: Path, content: bytes) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def offer(self, name: str, content: bytes, day: date = MONDAY, folder: str = "exports") -> Path:
        return self.write(self.operator / folder / day.isoformat() / name, content)

    def pull(self, first: date = MONDAY, last: date | None = None, *, is_landed: bool = False) -> dict[str, Any]:
        """Pull and decode a range of days, other machines asked before or not; the metadata of exports/flow_exports."""
        assets = [*flow_exports.define(self.workspace), *flow_records.define(self.workspace)]
        key_range = {
            "dagster/asset_partition_range_start": first.isoformat(),
            "dagster/asset_partition_range_end": (last or first).isoformat(),
        }
        ran = dg.materialize(
            [*assets, dg.AssetSpec(day_inputs.ADDRESS_RANGES)],
            resources={"progress": SilentProgress()},
            tags=key_range | ({flow_exports.LANDED_TAG: "yes"} if is_landed else {}),
        )
        assert ran.success
        made, *_ = ran.asset_materializations_for_node("exports__flow_exports")
        return {name: value.value for name, value in made.metadata.items()}

    def rows(self, day: date = MONDAY) -> list[dict[str, Any]]:
        return self.workspace.lake.read(flow_exports.KEY, Partition("export_on", day)).to_pylist()

    def states(self, day: date = MONDAY) -> dict[str, str]:
        """The state of each file of a day, by its name below its source."""
        return {row["source_file"]: row["state"] for row in self.rows(day)}

    def counted(self) -> dict[str, list[int]]:
        """The bytes of the flows of each day that has any, in order of size."""
        lake, found = self.workspace.lake, {}
        for day in lake.partitions(day_inputs.RECORDS, "export_on"):
            if octets := sorted(lake.read(day_inputs.RECORDS, day)["bytes"].to_pylist()):
                found[day.on.isoformat()] = octets
        return found

    def records(self, day: date = MONDAY) -> Path:
        return self.workspace.lake.path(day_inputs.RECORDS, Partition("export_on", day))


def made(path: Path) -> tuple[int, int]:
    """What changes when a file is written anew, even with the same bytes."""
    return path.stat().st_ino, path.stat().st_mtime_ns
