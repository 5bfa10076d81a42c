"""From the names of files to addresses with dates, and from addresses to the days that have files."""

from datetime import date
from pathlib import Path

import pytest

from assets.exports.layout import addresses_of_folder, found_at
from assets.operator.addresses import judged


def offer(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


@pytest.mark.parametrize(
    ("names", "address"),
    [
        (["nfcapd.202601052355", "nfcapd.202601060000", "nfcapd.current.77"], "nfcapd.{date:%Y%m%d}*"),
        (["2026/01/05/nfcapd.202601050000"], "{date:%Y/%m/%d}"),
        (["2026/01/05/23/nfcapd.202601052300"], "{date:%Y/%m/%d}"),
        (["2026-01-05/a.pcap", "2026-01-06/b.pcap"], "{date}"),
        (["lax/2026-01-05/a.pcap"], "lax/{date}"),
        (["192.0.2.1/2026-01-05/a", "2001:db8::1/2026-01-05/a"], "{exporter}/{date}"),
        (["20260105/flows.csv"], "{date:%Y%m%d}"),
        (["flows-2026_01_05.csv.gz"], "flows-{date:%Y_%m_%d}*"),
        (["20261405.pcap/2026-01-05"], "20261405.pcap/{date}"),
    ],
)
def test_the_names_of_files_tell_their_address(tmp_path: Path, names: list[str], address: str) -> None:
    offer(tmp_path, *names)
    assert addresses_of_folder(tmp_path) == [f"{tmp_path}/{address}"]
    judged(address)
    found = found_at(f"{tmp_path}/{address}", Path("elsewhere"))
    assert {one.day for one in found} <= {date(2026, 1, 5), date(2026, 1, 6)}
    assert found


def test_two_collectors_in_a_folder_are_two_addresses(tmp_path: Path) -> None:
    offer(tmp_path, "lax/nfcapd.202601050000", "sfo/nfcapd.202601050000")
    assert addresses_of_folder(tmp_path) == [
        f"{tmp_path}/lax/nfcapd.{{date:%Y%m%d}}*",
        f"{tmp_path}/sfo/nfcapd.{{date:%Y%m%d}}*",
    ]


def test_names_without_a_day_tell_nothing(tmp_path: Path) -> None:
    offer(tmp_path, "flows.csv", "capture1.pcap", "192.0.2.1/x", "202613.pcap")
    assert addresses_of_folder(tmp_path) == []


def test_days_and_folders_of_exporters_are_found(tmp_path: Path) -> None:
    offer(tmp_path, "edge-1/2026/2026-01-05/a", "edge-1/2025/2026-01-06/b", "edge-2/2026/2026-01-07/c", "edge-2/2026/x")
    found = found_at("{exporter}/{date:%Y}/{date}", tmp_path)
    assert [(str(one.day), one.folder) for one in found] == [("2026-01-05", "edge-1"), ("2026-01-07", "edge-2")]


def test_a_day_that_is_none_is_not_found(tmp_path: Path) -> None:
    offer(tmp_path, "2026-02-30/a", "2026-02-28/a")
    assert [str(one.day) for one in found_at("{date}", tmp_path)] == ["2026-02-28"]
