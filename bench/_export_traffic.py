"""The captures that decoding is measured with, and whether what was decoded is what they hold.

Belongs here: uniform traffic (one exporter, one template) and traffic as routers mix it, with the sums of each.
Does not belong here: writing datagrams (_packets), timing (bench/decode.py).
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from _costs import PYTHON
from _packets import PROTOCOLS, SFLOW_FRAME_BYTES, flows, write_pcap

# Beside the project, where those who judge it keep it: four exporters, two layouts, IPv4 and IPv6 in one datagram.
GENERATOR = Path(__file__).resolve().parents[2] / "shared" / "exports" / "gen_exports.py"
MIXED_AS = {"NetFlow v5": "v5", "NetFlow v9": "v9", "IPFIX": "ipfix", "sFlow v5": "sflow"}
UNIFORM, MIXED = "uniform", "mixed"


@dataclass(frozen=True)
class Traffic:
    """A capture, and what it holds: records, and the sums of their bytes and packets."""

    protocol: str
    kind: str
    path: Path
    sums: tuple[int, int, int]

    def check(self, decoded: Path) -> None:
        """Stop where Parquet decoded from the capture holds something else."""
        table = pq.read_table(decoded, columns=["bytes", "packets"])
        found = (table.num_rows, *(pc.sum(table[name]).as_py() for name in ("bytes", "packets")))
        if found != self.sums:
            raise SystemExit(f"{self.path.name}: holds {self.sums} records, bytes and packets; {found} were decoded")


def uniform(folder: Path, protocol: str, records: int) -> Traffic:
    """The same made-up flows in each protocol."""
    path, made = folder / f"uniform-{protocol.replace(' ', '-')}-{records}.pcap", flows(records)
    if not path.exists():
        write_pcap(path, PROTOCOLS[protocol](made))
    bytes_, packets = (int(made[name].astype(np.int64).sum()) for name in ("bytes", "packets"))
    if protocol == "sFlow v5":
        bytes_, packets = records * SFLOW_FRAME_BYTES, records
    return Traffic(protocol, UNIFORM, path, (records, bytes_, packets))


def mixed(folder: Path, protocol: str, records: int) -> Traffic:
    """Traffic of four exporters of unequal size, 15% of it IPv6 where the protocol has it."""
    path = folder / f"mixed-{protocol.replace(' ', '-')}-{records}.pcap"
    if not path.exists():
        family = [] if protocol == "NetFlow v5" else ["--v6", "0.15"]
        asked = ["--records", str(records), "--seed", "7", "--exporters", "4", *family]
        command = [PYTHON, GENERATOR, MIXED_AS[protocol], path, *asked]
        subprocess.run([*map(str, command)], check=True, capture_output=True)
    truth = json.loads(path.with_name(f"{path.name}.truth.json").read_text(encoding="utf-8"))
    return Traffic(protocol, MIXED, path, (truth["records"], truth["bytes"], truth["packets"]))
