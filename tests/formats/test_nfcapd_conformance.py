"""The same datagrams, through nfcapd and read directly, give the same flow records, on every shared capture.

sFlow goes through sfcapd, which is nfdump's collector of it. Amounts are compared as exported: nfcapd multiplies where
it knows a sampling interval. Of ICMP no ports: nfcapd keeps type and code there, from wherever it is told them.
"""

import csv
import ipaddress
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from assets.exports.formats import DecoderState, FileOutcome, NotAnExport, decode_files
from assets.exports.formats._containers import datagrams
from tests.formats.collectors import kept, nfcapd

SHARED = Path(__file__).parents[3] / "shared" / "conformance"
ICMP = {1, 58}


class Row(NamedTuple):
    """What must be the same of a flow record."""

    src_addr: str
    dst_addr: str
    src_port: int
    dst_port: int
    protocol: int
    bytes: int
    packets: int
    metering_direction: int


class Difference(NamedTuple):
    """What nfcapd 1.7.1 can't do or does otherwise: columns not compared, and rows that one side alone has."""

    reason: str
    not_compared: tuple[str, ...] = ()
    read_directly_only: int = 0
    nfcapd_only: int = 0


READS_ON = Difference("behind a datagram's records it reads the next header, which netcat had joined", nfcapd_only=28)
REFUSES = Difference("it refuses a header that counts more records than there are", read_directly_only=30)
ICMP_WITHOUT_PROTOCOL = Difference("softflowd 0.9 tells ICMP's type, but 0 as protocol", ("src_port", "dst_port"))
INNER_ENDS = Difference(
    "of a tunnelled packet's outer and inner ends it takes those that come last in the template, the inner ones",
    ("src_addr", "dst_addr", "src_port", "dst_port", "protocol"),
)
DIFFERENCES = {
    "logstash-codec-netflow/netflow-5-valid-01": READS_ON,
    "graylog-plugin-netflow/v5-1": READS_ON,
    "logstash-codec-netflow/netflow-5-invalid-01": REFUSES,
    "logstash-codec-netflow/netflow-5-invalid-02": REFUSES,
    "fluent-plugin-netflow/v9-data-before-template": Difference(
        "it keeps no data until their template comes", read_directly_only=1
    ),
    "ipfixcol/missing-template-258": Difference(
        "OUT beside IN counters of IPFIX lie where a biflow's other direction does", nfcapd_only=4
    ),
    "python-netflow-v9-softflowd/ipfix-template-data": ICMP_WITHOUT_PROTOCOL,
    "python-netflow-v9-softflowd/ipfix-data-template-data": ICMP_WITHOUT_PROTOCOL,
    "python-netflow-v9-softflowd/ipfix-ether": ICMP_WITHOUT_PROTOCOL,
    "netgauze/400-ipfixv10-bmp-cisco-srv6-multiple-sources-00": INNER_ENDS,
    "netgauze/403-ipfixv10-bmp-ipv6-cisco-locrib-peerdown-vrf-00": INNER_ENDS,
    "netgauze/500-ipfixv10-bgp-cisco-srv6-00": INNER_ENDS,
}
"""Each is asked for: a capture that agrees although it stands here fails too."""


class Capture(NamedTuple):
    """The files of a case, in their order."""

    files: list[Path]
    is_sflow: bool


def captures() -> dict[str, Capture]:
    table = SHARED / "CASES.tsv"
    if not table.exists():
        return {}
    with table.open(encoding="utf-8", newline="") as lines:
        cases = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {
        case["case"]: Capture(
            [SHARED / name for name in case["files_in_order"].split(" ")], "sflow" in case["protocol"].lower()
        )
        for case in cases
    }


def rows_of(files: Iterable[Path]) -> Counter[Row]:
    state, found = DecoderState(), Counter[Row]()
    try:
        for batch in decode_files(list(files), state):
            found.update(map(as_exported, batch.to_pylist()))
    except NotAnExport:
        return found
    return found


def as_exported(row: dict[str, Any]) -> Row:
    multiplied = (row["sampling_interval"] or 1) if row["is_scaled"] else 1
    told = {name: row[name] or 0 for name in Row._fields}
    told |= {name: round(told[name] / multiplied) for name in ("bytes", "packets")}
    told |= {name: str(ipaddress.ip_address(row[name])) for name in ("src_addr", "dst_addr")}
    return Row(**told | (dict.fromkeys(("src_port", "dst_port"), 0) if told["protocol"] in ICMP else {}))


def sent(files: Iterable[Path]) -> list[tuple[bytes, memoryview]]:
    """Sender and content of each datagram; no sender where the capture has none."""
    found = list[tuple[bytes, memoryview]]()
    for path in files:
        try:
            for block in datagrams(path, FileOutcome(path.name)):
                senders = [b""] * len(block) if block.senders is None else [one.tobytes() for one in block.senders]
                found += zip(senders, block.payloads(), strict=True)
        except NotAnExport:
            continue
    return found


def through_nfcapd(capture: Capture, folder: Path) -> Counter[Row]:
    """The rows of the file that nfcapd writes of a capture, each of whose senders is an address of the loopback."""
    senders = dict[bytes, str]()
    folder.mkdir()
    with nfcapd(folder, ["-t", "86400"], is_sflow=capture.is_sflow) as collector:
        for sender, datagram in sent(capture.files):
            collector.hear([datagram], senders.setdefault(sender, f"127.1.0.{len(senders) + 1}"))
    return rows_of(kept(folder))


def compared(rows: Counter[Row], difference: Difference) -> Counter[Row]:
    """Rows without the columns that are not compared."""
    found = Counter[Row]()
    for row, count in rows.items():
        found[row._replace(**dict.fromkeys(difference.not_compared))] += count
    return found


def test_nfcapd_and_reading_directly_give_the_same_records_of_every_capture(tmp_path: Path) -> None:
    if not SHARED.exists():
        pytest.skip("../shared/conformance is not beside the project; it holds the captures")
    wrong, records = {}, 0
    for number, (case, capture) in enumerate(captures().items()):
        difference = DIFFERENCES.get(case, Difference(""))
        directly, collected = rows_of(capture.files), through_nfcapd(capture, tmp_path / str(number))
        records += directly.total()
        ours, theirs = compared(directly, difference), compared(collected, difference)
        alone = (ours - theirs).total(), (theirs - ours).total()
        if alone != (difference.read_directly_only, difference.nfcapd_only) or (directly == collected) != (
            case not in DIFFERENCES
        ):
            wrong[case] = alone
    assert wrong == {}
    assert len(captures()) == 133
    assert records > 30_000
