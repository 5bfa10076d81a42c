"""Coverage of files without datagrams: the bins in which records ended or came, and those that a window spans."""

import json
import struct
from datetime import date
from pathlib import Path
from typing import Any

from assets.exports.formats import DecoderState, ExportFile, decode_files
from tests.formats import test_goflow2, test_pmacct, test_vpc_flow_logs
from tests.formats.collector_files import MAPPED
from tests.formats.encoder import CLOCK
from tests.formats.nfcapd_encoder import block, exporter, flow, generic, ipv4, nfcapd_file, record

NOON_MS = CLOCK * 1000  # 2025-08-05 12:00:00 UTC
MINUTE_MS = 60_000
HINTED = MAPPED + bytes([192, 0, 2, 9])
VPC = test_vpc_flow_logs


def health(folder: Path, content: str | bytes, hint: bytes | None = None) -> list[dict[str, Any]]:
    """The bins of a file, in their order."""
    path = folder / "flows"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    state = DecoderState()
    for _ in decode_files([ExportFile(path, exporter=hint)], state):
        pass
    rows: list[dict[str, Any]] = state.health_table(date(2025, 8, 5)).to_pylist()
    return rows


def covered(folder: Path, content: str | bytes, hint: bytes | None = None) -> list[str]:
    """The covered bins of a file as hour and minute; of one exporter, else its last number is beside."""
    rows = [row for row in health(folder, content, hint) if row["is_covered"]]
    several = len({row["exporter"] for row in rows}) > 1
    return [f"{row['bin_at']:%H:%M}" + (f" .{row['exporter'][-1]}" if several else "") for row in rows]


def received(minute: float, ended: float | None = None, **columns: int) -> bytes:
    """A flow record of an nfcapd file that came so many minutes after noon, and ended then or before."""
    at = round(NOON_MS + minute * MINUTE_MS)
    end = at if ended is None else round(NOON_MS + ended * MINUTE_MS)
    return flow(generic(started_ms=end - 1000, ended_ms=end, received_ms=at, **columns), ipv4())


def statistics(failures: int, datagrams: int, records: int, number: int = 1) -> bytes:
    return record(8, struct.pack("<IIIQQ", 1, number, failures, datagrams, records))


def test_bins_are_covered_in_which_records_ended_or_came(tmp_path: Path) -> None:
    """The flow ended at 11:59:55 and came at 12:00:00; the next one ended then too and came at 12:05."""
    later = test_goflow2.line(time_received_ns=(NOON_MS + 5 * MINUTE_MS) * 10**6)
    content = test_goflow2.line() + later
    assert covered(tmp_path, content) == ["11:55", "12:00", "12:05"]
    assert [row["data_records"] for row in health(tmp_path, content)] == [2, 0, 0]


def test_an_end_that_can_not_be_covers_nothing(tmp_path: Path) -> None:
    """Hours before its receipt, as where an uptime was never set, or after it."""
    long_ago = test_goflow2.line(time_flow_start_ns=1, time_flow_end_ns=1_000_000_000)
    to_come = test_goflow2.line(time_flow_end_ns=(NOON_MS + 60 * MINUTE_MS) * 10**6)
    assert covered(tmp_path, long_ago + to_come) == ["12:00"]


def test_a_start_stands_for_an_end_that_is_not_told(tmp_path: Path) -> None:
    assert covered(tmp_path, test_goflow2.line(time_flow_end_ns=0)) == ["11:55", "12:00"]
    assert covered(tmp_path, test_goflow2.line(time_flow_end_ns=0, time_flow_start_ns=0)) == ["12:00"]


def test_an_nfcapd_file_covers_the_time_from_its_opening_to_its_last_record(tmp_path: Path) -> None:
    """Of a rotation of an hour: records at 12:02 and 12:21, none between; both exporters that it names were heard."""
    content = block(exporter(1, "192.0.2.1"), exporter(2, "192.0.2.2"), received(2), received(21))
    slots = ["12:00", "12:05", "12:10", "12:15", "12:20"]
    both = [f"{slot} .{number}" for number in (1, 2) for slot in slots]
    assert covered(tmp_path, nfcapd_file(content)) == both


def test_an_nfcapd_file_without_flows_covers_its_slot_from_its_opening_on(tmp_path: Path) -> None:
    """A slot from 12:00 to 12:15, of which the collector missed the beginning."""
    slot = (NOON_MS, NOON_MS + 15 * MINUTE_MS)
    empty = {"created": CLOCK + 301, "slot": slot}
    assert covered(tmp_path, nfcapd_file(block(exporter()), **empty)) == ["12:05", "12:10"]  # type: ignore[arg-type]
    assert covered(tmp_path, nfcapd_file(**empty), hint=HINTED) == ["12:05", "12:10"]  # type: ignore[arg-type]
    assert covered(tmp_path, nfcapd_file(**empty)) == []  # type: ignore[arg-type]


def test_an_nfcapd_file_that_was_not_read_to_its_end_has_no_window(tmp_path: Path) -> None:
    """Cut, or not closed: only its records tell."""
    content = block(exporter(), received(2), received(21))
    whole = nfcapd_file(content, content)
    ends = ["12:00", "12:20"]
    assert covered(tmp_path, whole[: 40 + len(content) + 20]) == ends
    assert covered(tmp_path, whole[:24] + bytes(8) + whole[32:]) == ends  # its header tells no appendix


def test_an_nfcapd_file_that_was_written_anew_has_no_window(tmp_path: Path) -> None:
    """nfdump -w opens a file long after its records came."""
    content = block(exporter(), received(2), received(21))
    assert covered(tmp_path, nfcapd_file(content, created=CLOCK + 86_400)) == ["12:00", "12:20"]


def test_gaps_that_nfcapd_saw_are_lost_datagrams_of_average_size(tmp_path: Path) -> None:
    """3 gaps of an exporter whose 90 datagrams held 1,800 records: about 60 are missing; one more of nobody known."""
    content = block(exporter(), received(2), statistics(3, 90, 1800), statistics(1, 0, 0, number=5))
    rows = health(tmp_path, nfcapd_file(content))
    told = [(row["exporter"][-1], row["records_lost"], row["records_expected"], row["is_estimate"]) for row in rows]
    assert told == [(0, 1, 1, True), (1, 60, 61, True)]


def test_sums_and_clocks_that_can_not_be_are_borne(tmp_path: Path) -> None:
    """As a damaged file tells them: 2^32 - 1 gaps after one datagram of 2^64 - 1 records, in the year 292 billion."""
    missed = statistics(2**32 - 1, 1, 2**64 - 1)
    (row,) = health(tmp_path, nfcapd_file(block(exporter(), received(2), missed), created=2**63))
    assert (f"{row['bin_at']:%H:%M}", row["is_covered"], row["records_lost"]) == ("12:00", True, (2**32 - 1) * 65_535)
    (row,) = health(tmp_path, nfcapd_file(block(exporter(), missed), created=2**63))
    assert (row["bin_at"].year, row["is_covered"]) == (9999, False)


def test_pmacct_covers_the_bins_of_its_stamps(tmp_path: Path) -> None:
    """A row that was kept from 11:50 to 12:06, and whose flow says that it ended at 11:52."""
    told = {"stamp_inserted": "2025-08-05 11:50:00", "stamp_updated": "2025-08-05 12:06:00"}
    row = test_pmacct.line(**told, timestamp_end="2025-08-05 11:52:00")
    assert covered(tmp_path, row) == ["11:50", "11:55", "12:00", "12:05"]


def test_windows_of_a_vpc_flow_log_are_covered_but_those_that_aws_skipped(tmp_path: Path) -> None:
    """Nothing came, nothing was let through, nobody knows: from 11:59:50 to 12:00:50, and ten and twenty minutes on."""
    rejected = VPC.REJECTED.replace("17543951", "17543957").replace("17543952", "17543958")
    skipped = VPC.SKIPDATA.replace("17543951", "17543963").replace("17543952", "17543964")
    rows = health(tmp_path, VPC.HEADER + VPC.NODATA + rejected + skipped * 2, HINTED)
    assert [(f"{row['bin_at']:%H:%M}", row["is_covered"], row["records_lost"], row["is_estimate"]) for row in rows] == [
        ("11:55", True, 0, False),
        ("12:00", True, 0, False),
        ("12:05", True, 0, False),
        ("12:10", True, 0, False),
        ("12:15", False, 2, True),
    ]
    assert {row["exporter"] for row in rows} == {HINTED}


def test_a_window_longer_than_any_file_says_nothing(tmp_path: Path) -> None:
    row = json.loads(test_pmacct.line(stamp_inserted="2015-08-05 11:50:00", timestamp_end="2025-08-05 11:52:00"))
    assert covered(tmp_path, json.dumps(row) + "\n") == ["11:50"]
