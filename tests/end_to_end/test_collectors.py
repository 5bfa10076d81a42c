"""The same traffic of three days, as datagrams and as the files that other collectors made of them, up to the report.

softflowd's and pmacctd's datagrams go over the loopback into Debian's nfcapd, at the clock of their day, and from their
captures into nfacctd; GoFlow2's lines are written as it writes them. In one bin a router sent a template alone.
"""

import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from assets.exports.formats import DecoderState, FileOutcome, decode_files
from assets.exports.formats._containers import datagrams
from tests.end_to_end.conftest import OPERATORS, House
from tests.end_to_end.shared import made_once
from tests.formats.collectors import Clock, kept, nfcapd, tool
from tests.formats.encoder import pcap, template, v9
from tests.formats.goflow2_lines import goflow2_line

DAYS = {"2025-11-10": "127.0.0.2", "2025-11-11": "127.0.0.3", "2025-11-12": "127.0.0.4"}
QUIET_DAY, QUIET_AT = "2025-11-11", "12:07:00"
RATES = (
    "select network_type, cast(bits as bigint), unique_ips, bits_per_second_max, bits_per_second_p95, "
    "round(bits_per_second_average * covered_bins) from marts.network_type_quarterly order by network_type"
)
MAGNITUDES = (
    "select network_type, unique_ips_daily_average, unique_ips_daily_max, magnitude, magnitude_daily_average, "
    "magnitude_daily_p95 from marts.magnitude_quarterly order by network_type"
)
RECEIVED = "select days_present, records_received, records_lost, files_quarantined from marts.coverage_quarterly"
COVERED = "select export_on::varchar, bins_present from marts.coverage_daily order by export_on"
AVERAGES = "select distinct covered_bins from marts.network_type_quarterly where not is_suppressed"


def keep_datagrams(folder: Path, day: str, capture: Path) -> None:
    """The captures themselves, and one of the template that came later."""
    folder.joinpath(capture.name).write_bytes(capture.read_bytes())
    if day == QUIET_DAY:
        folder.joinpath("template.pcap").write_bytes(pcap(template_alone(), sender=DAYS[day]))


def keep_nfcapd(folder: Path, day: str, capture: Path) -> None:
    """nfcapd's files of a rotation of 5 minutes, from noon on."""
    clock = Clock(folder.parent / f"{day}.clock")
    clock.set(moment(day, "12:00:00"))
    with nfcapd(folder, ["-t", "300"], clock) as collector:
        clock.set(moment(day, "12:04:08"))
        blocks = datagrams(capture, FileOutcome(capture.name))
        collector.hear([one for block in blocks for one in block.payloads()], DAYS[day])
        if day == QUIET_DAY:
            clock.set(moment(day, QUIET_AT))
            collector.hear([template_alone()], DAYS[day])
    clock.path.unlink()
    assert [one.name[-4:] for one in kept(folder)] == (["1200", "1205"] if day == QUIET_DAY else ["1200"])


def keep_nfacctd(folder: Path, day: str, capture: Path) -> None:
    """What nfacctd's print plugin writes of a capture: CSV, on the last day JSON."""
    kind = "json" if day == max(DAYS) else "csv"
    settings = folder.parent / f"{day}.conf"
    settings.write_text(
        f"pcap_savefile: {capture}\nplugins: print[flows]\nprint_output[flows]: {kind}\ntimestamps_utc: true\n"
        f"print_output_file[flows]: {folder}/flows.{kind}\nnfacctd_as: netflow\nnfacctd_net: netflow\n"
        "aggregate: src_host, dst_host, src_port, dst_port, proto, tos, tcpflags, in_iface, out_iface, src_as, dst_as, "
        "peer_src_ip, src_mask, dst_mask, sampling_rate, timestamp_start, timestamp_end, timestamp_export\n",
        encoding="utf-8",
    )
    subprocess.run([tool("nfacctd", "pmacct"), "-f", settings], check=True, capture_output=True, timeout=60)
    settings.unlink()


def keep_goflow2(folder: Path, _day: str, capture: Path) -> None:
    rows = [row for batch in decode_files([capture], DecoderState()) for row in batch.to_pylist()]
    folder.joinpath("goflow2.json").write_text("".join(map(goflow2_line, rows)), encoding="utf-8")


def template_alone() -> bytes:
    """A datagram of an observation domain of its own, whose template has no data."""
    at = round(moment(QUIET_DAY, QUIET_AT).timestamp())
    return v9(template(999, [(8, 4), (12, 4), (1, 4)]), source=99, seconds=at)


def moment(day: str, clock: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}+00:00")


def made(folder: Path, keep: Callable[[Path, str, Path], None]) -> House:
    """The operator whose three days are kept so, built up to its report."""
    operator = folder / "real_exports"
    operator.mkdir()
    for path in (OPERATORS / "real_exports").glob("*.*"):
        operator.joinpath(path.name).write_bytes(path.read_bytes())
    for day in DAYS:
        (capture,) = (OPERATORS / "real_exports" / "exports" / day).iterdir()
        (operator / "exports" / day).mkdir(parents=True)
        keep(operator / "exports" / day, day, capture)
    house = House(operator, folder / "state")
    ran = house.netstats("build", "--from", min(DAYS), "--to", max(DAYS))
    assert ran.status == 0, ran.stderr
    return house


@pytest.fixture(scope="session")
def as_datagrams(shared: Path) -> House:
    """The report that those of all collectors are held against."""
    folder = made_once(shared / "datagrams", lambda folder: made(folder, keep_datagrams))
    return House(folder / "real_exports", folder / "state")


def test_datagrams_cover_the_bin_of_a_template_alone(as_datagrams: House) -> None:
    assert as_datagrams.mart(COVERED) == [("2025-11-10", 1), ("2025-11-11", 2), ("2025-11-12", 1)]
    assert as_datagrams.mart(RECEIVED) == [(3, 229 + 189 + 161, 0, 0)]
    assert as_datagrams.mart(AVERAGES) == [(4,)]


@pytest.mark.parametrize(
    ("keep", "covered"),
    [(keep_nfcapd, [1, 2, 1]), (keep_nfacctd, [1, 1, 1]), (keep_goflow2, [1, 1, 1])],
    ids=["nfcapd", "pmacct", "goflow2"],
)
def test_a_collectors_files_give_the_report_of_the_datagrams(
    as_datagrams: House, tmp_path: Path, keep: Callable[[Path, str, Path], None], covered: list[int]
) -> None:
    """Equal but for the bin in which no flow came, which nfcapd's window tells: averages are over the covered bins."""
    house = made(tmp_path, keep)
    for asked in (RATES, MAGNITUDES, RECEIVED):
        assert house.mart(asked) == as_datagrams.mart(asked)
    assert house.mart(COVERED) == list(zip(DAYS, covered, strict=True))
    assert house.mart(AVERAGES) == [(sum(covered),)]
    assert (house.state / "reports" / "2025Q4" / "index.html").exists()
