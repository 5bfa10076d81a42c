"""nfdump's routes from datagrams to Parquet: nfcapd receives them, nfdump prints them, Arrow reads what is printed.

Belongs here: what users of nfdump would do, with the Debian package and with the build that `NFDUMP` in the environment
names, whose `-o csv-fast` is measured (nfcapd is looked for beside it). Does not belong here: our own way.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from _costs import PYTHON, cost_of, cpu_of

PACED = 40
CSV, CSV_FAST = "csv", "csv-fast"
WANTED = [
    "ts", "te", "sa", "da", "sp", "dp", "pr", "flg", "stos", "ipkt", "ibyt", "in", "out", "sas", "das", "smk", "dmk",
    "nh", "ra", "eng", "tr", "exid",
]  # fmt: skip


@dataclass(frozen=True)
class Route:
    """A build of nfdump and the format that it prints."""

    nfcapd: str
    nfdump: str
    printed_as: str

    def __str__(self) -> str:
        ran = subprocess.run([self.nfdump, "-V"], capture_output=True, text=True, check=False)
        return f"{ran.stdout.strip().removeprefix('nfdump: ')} (`-o {self.printed_as}`)"

    def cpu(self, capture: Path, records: int) -> float:
        """CPU seconds for a capture of so many records; where nfcapd lost some, as if it had not."""
        with tempfile.TemporaryDirectory() as folder:
            lying, csv, parquet = Path(folder, "nfcapd"), Path(folder, "printed.csv"), Path(folder, "nfdump.parquet")
            lying.mkdir()
            received = self._receive(capture, lying)
            (file,) = lying.glob("nfcapd.*")
            printed = cost_of(["sh", "-c", f"{self.nfdump} -q -r {file} -o {self.printed_as} > {csv}"])
            written = cost_of([PYTHON, __file__, self.printed_as, csv, parquet])
            got = pq.read_metadata(parquet).num_rows
        if got < 0.98 * records:
            print(f"nfcapd lost {records - got} of {records} records; its cost counts as if it had not")
        return (received + printed.cpu + written.cpu) * records / got

    def _receive(self, capture: Path, lying: Path) -> float:
        """Send a capture's datagrams to an nfcapd of its own over the loopback; the CPU that nfcapd used."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = ["-b", "127.0.0.1", "-p", str(port), "-l", str(lying), "-t", "3600", "-B", "64000000"]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        collector = subprocess.Popen([self.nfcapd, *options], **silent)
        time.sleep(1.5)
        _send(capture, port)
        time.sleep(1.0)
        collector.terminate()
        return cpu_of(collector)


def routes() -> list[Route]:
    """The routes that can be gone here."""
    found = [Route("nfcapd", "nfdump", CSV)] if shutil.which("nfcapd") else []
    named = os.environ.get("NFDUMP")
    if named:
        beside = Path(named).with_name("nfcapd")
        found.append(Route(str(beside) if beside.exists() else "nfcapd", named, CSV_FAST))
    return found


def _send(capture: Path, port: int) -> None:
    content, at, number = capture.read_bytes(), 24, 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        while at < len(content):
            size = int.from_bytes(content[at + 8 : at + 12], "little")
            sender.send(content[at + 16 + 42 : at + 16 + size])
            at, number = at + 16 + size, number + 1
            if number % PACED == 0:
                time.sleep(0.002)


def convert(printed_as: str, csv: str, parquet: str) -> None:
    """What nfdump printed as Parquet: of `-o csv` the columns that a flow record has too, of `-o csv-fast` all."""
    wanted = WANTED if printed_as == CSV else None
    names = _csv_names() if wanted else None
    table = pa_csv.read_csv(
        csv,
        read_options=pa_csv.ReadOptions(column_names=names, autogenerate_column_names=names is None),
        convert_options=pa_csv.ConvertOptions(include_columns=wanted),
    )
    pq.write_table(table, parquet, compression="zstd", compression_level=1)


def _csv_names() -> list[str]:
    """The columns of `nfdump -o csv` of version 1.7.1, which -q leaves out."""
    names = (
        "ts te td sa da sp dp pr flg fwd stos ipkt ibyt opkt obyt in out sas das smk dmk dtos dir nh nhb svln dvln "
        "ismc odmc idmc osmc mpls1 mpls2 mpls3 mpls4 mpls5 mpls6 mpls7 mpls8 mpls9 mpls10 cl sl al ra eng exid tr"
    )
    return names.split(" ")


if __name__ == "__main__":
    convert(*sys.argv[1:])
