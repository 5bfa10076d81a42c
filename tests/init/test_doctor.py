"""`netstats doctor` names what is wrong with a folder and its newest exports, each with a remedy."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from orchestration.commands.cli import main
from orchestration.commands.diagnosis import NOTE, WARNING, Finding
from orchestration.commands.doctor import lines
from tests.exports.world import flow
from tests.formats.encoder import flow_set, pcap, template, v9
from tests.init.routers import DAY, FIELDS, OWN, PEERS, capture, offer, record, sampling, usual

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
FILES = {
    "operator.yaml": f"name: Mine\nown_asns: [64496]\ntracking_began_on: {DAY}\nflow_sources:\n"
    "  - address: flows/{date}\n",
    "exporters.csv": "exporter,name,site,sampling_interval,as_numbers,metering,active_timeout_s,valid_from,valid_to\n"
    "192.0.2.1,edge-1,main,,ignore,ingress,300,,\n",
    "interfaces.csv": "exporter,interface,if_index,role,connectivity,provider,speed_bps,valid_from,valid_to\n"
    "192.0.2.1,Te0/1,1,external,,,,,\n192.0.2.1,Te0/2,2,internal,internal,,,,\n",
    "own_prefixes.csv": "prefix,label\n198.51.100.0/24,own\n",
    "sites.csv": "site,metro,region\nmain,Sacramento,us-west\n",
    "regions.csv": "region,label,position\nus-west,US-West,1\n",
}
Doctor = Callable[..., list[dict[str, Any]]]


def today() -> date:
    """Asked for where it is used: tests that are read before midnight run after it."""
    return datetime.now(UTC).date()


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An operator in which nothing is wrong but the bundled registry, its unknown peers and the days since."""
    for name, text in FILES.items():
        offer(tmp_path / "mine", name, text.encode())
    offer(tmp_path / "mine", f"flows/{DAY}/a.pcap", capture(usual(), *sampling(100)))
    monkeypatch.setenv("NETSTATS_OPERATOR", str(tmp_path / "mine"))
    monkeypatch.setenv("NETSTATS_STATE", str(tmp_path / "state"))
    return tmp_path / "mine"


def doctor(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *arguments])


def found(*topics: str) -> list[tuple[str, str]]:
    """The level and words of the findings of some topics."""
    rows = json.loads(doctor("--json").stdout)
    return [(row["level"], row["what"]) for row in rows if row["topic"] in topics]


def rewrite(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_where_all_is_well_it_says_so_and_ends_with_0(mine: Path) -> None:
    ran = doctor()
    assert ran.exit_code == 0, ran.output
    assert "nothing of the newest files would be set apart" in ran.output
    warned = {row["topic"] for row in json.loads(doctor("--json").stdout) if row["level"] != "note"}
    assert warned == {"bundled_registry", "days_without_files", "unclassified"}
    assert ran.output.splitlines()[-1] == "0 findings block, 3 warn"


def test_files_of_days_that_have_not_come_are_told(mine: Path) -> None:
    """What tomorrow has may be of a clock east of here."""
    ahead = today() + timedelta(days=40)
    for day in (today() + timedelta(days=1), ahead):
        offer(mine, f"flows/{day}/a.pcap", capture(usual(), *sampling(100)))
    [(level, told)] = found("days_ahead")
    assert (level, f"has files of {ahead}, which has not come yet" in told) == (WARNING, True)


def test_exporters_and_interfaces_without_a_row_are_told_with_their_share(mine: Path) -> None:
    """16,000 bytes at 1 in 100 by edge-1, of which 1,000 came in by interface 3; 1,000,000 by a router that is new."""
    moved = [record(PEERS[0], OWN, 3, 2, 1000), *usual()[1:], record(PEERS[0], OWN, 1, 2, 2000)]
    offer(mine, f"flows/{DAY}/a.pcap", capture(moved, *sampling(100)))
    offer(
        mine, f"flows/{DAY}/b.pcap", capture([record(PEERS[0], OWN, 1, 2, 400_000)], *sampling(1), sender="192.0.2.2")
    )
    assert found("exporter_without_row") == [
        ("warning", "exporter 192.0.2.2 (20.0% of bytes) has no row in exporters.csv"),
    ]
    assert found("interface_without_row") == [
        ("warning", "192.0.2.1: no row in interfaces.csv for 3, with 6.2% of its bytes"),
        ("warning", "192.0.2.2: no row in interfaces.csv for 1, 2, with 100.0% of its bytes"),
    ]
    assert f"`netstats init {mine}` adds one" in doctor().output


def test_a_file_that_is_delivered_again_counts_once(mine: Path) -> None:
    """A thousand bytes of rows by edge-1, also compressed and by another source; a thousand by a router that is new."""
    rewrite(mine, "operator.yaml", "flows/{date}\n", "flows/{date}\n  - address: again/{date}\n")
    offer(mine, f"flows/{DAY}/a.pcap", flow(1000))
    offer(mine, f"flows/{DAY}/a.gz", gzip.compress(flow(1000)))
    offer(mine, f"again/{DAY}/other", flow(1000))
    new = [record(PEERS[0], OWN, 1, 2, 1000)]
    offer(mine, f"flows/{DAY}/b.pcap", capture(new, *sampling(1), sender="192.0.2.2"))
    assert found("exporter_without_row") == [
        ("warning", "exporter 192.0.2.2 (50.0% of bytes) has no row in exporters.csv"),
    ]
    assert found("repeated") == [
        ("note", "flows/a.pcap holds the same as flows/a.gz, and counts once"),
        ("note", "again/other holds the same as flows/a.gz, and counts once"),
    ]


def test_files_of_two_routers_that_hold_the_same_count_both(mine: Path) -> None:
    """Rows that name no exporter are of the one that the folder names."""
    rewrite(mine, "operator.yaml", "flows/{date}", "flows/{exporter}/{date}")
    rewrite(mine, "exporters.csv", "300,,\n", "300,,\n192.0.2.2,edge-2,main,1,ignore,ingress,300,,\n")
    text = "ts,te,td,sa,da,sp,dp,pr,flg,ipkt,ibyt\n"
    text += f"{DAY} 10:00:00,{DAY} 10:00:01,1.0,{PEERS[0]},{OWN},1,2,TCP,......,1,1000\n"
    for folder in ("edge-1", "edge-2"):
        offer(mine, f"flows/{folder}/{DAY}/a.csv", text.encode())
    assert found("row_without_exporter", "repeated", "no_export") == []


def test_an_exporter_that_tells_no_interface_is_told(mine: Path) -> None:
    """Index 0 is none: no row can stand for it, and `netstats init` adds none."""
    offer(mine, f"flows/{DAY}/a.pcap", capture([record(PEERS[0], OWN, 0, 0, 1000)], *sampling(100)))
    assert found("no_interface", "interface_without_row") == [
        ("note", "192.0.2.1: tells no interface, so that own_prefixes.csv alone decides sides")
    ]
    offer(mine, f"flows/{DAY}/a.pcap", capture(usual(), *sampling(100)))
    assert found("no_interface") == []


def test_of_a_router_that_has_no_files_of_the_newest_day_those_that_it_has_are_looked_at(mine: Path) -> None:
    """Its row and its interfaces were in force then; it fell silent three days ago."""
    rewrite(mine, "operator.yaml", "flows/{date}", "flows/{exporter}/{date}")
    old = "192.0.2.2,edge-2,main,,ignore,ingress,300,,2025-08-05\n192.0.2.3,edge-3,main,,ignore,ingress,300,,\n"
    rewrite(mine, "exporters.csv", "300,,\n", f"300,,\n{old}")
    for number in (2, 3):
        offer(mine, f"flows/edge-{number}/{DAY}/a.pcap", capture(usual(), *sampling(1), sender=f"192.0.2.{number}"))
    offer(mine, "flows/edge-1/2025-08-08/a.pcap", capture(usual(), *sampling(1)))
    assert found("exporter_without_row", "row_without_exporter") == [
        ("warning", "exporters.csv: edge-3 (192.0.2.3) sent nothing after 2025-08-05")
    ]
    assert [what for _, what in found("interface_without_row")] == [
        f"192.0.2.{number}: no row in interfaces.csv for 1, 2, with 100.0% of its bytes" for number in (2, 3)
    ]
    assert found("source") == [
        ("note", "flows/{exporter}/{date}: 2 days from 2025-08-05 to 2025-08-08; looking at 2025-08-08, and of 2 "
         "{exporter} at an older day, the newest that it has")
    ]  # fmt: skip


def test_the_share_of_an_exporter_without_a_row_is_of_bytes_as_rows_scale_the_others(mine: Path) -> None:
    """16,000 bytes at 1 in 1,000 by edge-1, as its row says; 4,000,000 by a router that is new, unsampled."""
    rewrite(mine, "exporters.csv", "edge-1,main,,", "edge-1,main,1000,")
    offer(mine, f"flows/{DAY}/a.pcap", capture(usual()))
    new = [record(PEERS[0], OWN, 1, 2, 4_000_000)]
    offer(mine, f"flows/{DAY}/b.pcap", capture(new, *sampling(1), sender="192.0.2.2"))
    assert found("exporter_without_row") == [
        ("warning", "exporter 192.0.2.2 (20.0% of bytes) has no row in exporters.csv"),
    ]


def test_rows_that_are_over_are_told_to_be_mended(mine: Path) -> None:
    """`netstats init` adds none where there is one already."""
    rewrite(mine, "exporters.csv", "300,,", "300,,2025-07-01")
    rewrite(mine, "interfaces.csv", "Te0/1,1,external,,,,", "Te0/1,1,external,,,,2026-01-01")
    assert found("exporter_without_row", "interface_without_row") == [
        ("warning", "exporter 192.0.2.1 (100.0% of bytes) has rows in exporters.csv of which none is in force on the "
         "newest day"),
        ("warning", "192.0.2.1: no row in force in interfaces.csv on the newest day for 1, with 75.0% of its bytes"),
    ]  # fmt: skip
    assert "adds one" not in doctor().output


def test_exporters_without_a_site_are_told(mine: Path) -> None:
    """`netstats init` can't know which one where there are several."""
    rewrite(mine, "exporters.csv", "edge-1,main,", "edge-1,,")
    assert found("site") == [("warning", "exporters.csv: without a site, and so without a region: edge-1")]


def test_rows_that_nothing_matches_are_told(mine: Path) -> None:
    rewrite(mine, "exporters.csv", "300,,\n", "300,,\n192.0.2.9,edge-9,main,,ignore,ingress,300,,\n")
    rewrite(mine, "interfaces.csv", "192.0.2.1,Te0/1", "192.0.2.1,Te0/7,7,external,,,,,\n192.0.2.1,Te0/1")
    assert found("row_without_exporter") == [
        ("warning", "exporters.csv: edge-9 (192.0.2.9) sent nothing on the newest day")
    ]
    assert found("row_without_interface") == [("note", "interfaces.csv: 192.0.2.1 had no traffic by the interfaces 7")]


def test_unknown_sampling_is_told_until_a_row_tells_it(mine: Path) -> None:
    offer(mine, f"flows/{DAY}/a.pcap", capture(usual()))
    told = "exporter 192.0.2.1: the sampling of 100% of its bytes is unknown, and they will be left out"
    assert found("unknown_sampling") == [("warning", told)]
    apart = "100.0% of the bytes of the newest files would be set apart: unknown sampling"
    assert found("set_apart") == [("blocks", apart)]
    assert doctor().exit_code == 1
    rewrite(mine, "exporters.csv", "edge-1,main,,", "edge-1,main,512,")
    assert found("unknown_sampling") == []
    assert doctor().exit_code == 0


@pytest.mark.parametrize(
    ("own", "roles", "told"),
    [
        ("192.0.0.0/24", False, [("blocks", "transit", 100.0)]),
        (
            "198.51.100.0/24\n203.0.113.0/24\n192.0.2.0/24\n100.0.0.0/8\n9.9.9.0/24",
            False,
            [("blocks", "internal", 100.0)],
        ),
        ("198.51.100.0/24\n9.9.9.0/24", False, [("warning", "internal", 25.0)]),
        ("192.0.0.0/24", True, []),
    ],
    ids=["none own", "all own", "one peer own", "roles tell"],
)
def test_what_would_be_set_apart_is_told_with_its_reason(
    mine: Path, own: str, roles: bool, told: list[tuple[str, str, float]]
) -> None:
    """Each of four peers has a quarter of the bytes; roles of interfaces come before own prefixes."""
    prefixes = "".join(f"{prefix},own\n" for prefix in own.split())
    rewrite(mine, "own_prefixes.csv", "198.51.100.0/24,own\n", prefixes)
    if not roles:
        rewrite(mine, "interfaces.csv", "external", "")
        rewrite(mine, "interfaces.csv", "internal,internal", ",")
    expected = [
        (level, f"{share}% of the bytes of the newest files would be set apart: {reason}")
        for level, reason, share in told
    ]
    if own == "192.0.0.0/24" and not roles:
        assert "(of own prefixes that are missing: 198.51.100.0/24?)" in doctor().output
    assert found("set_apart") == (expected or [("note", "nothing of the newest files would be set apart")])


def test_flows_that_are_too_old_for_the_active_timeout_are_told(mine: Path) -> None:
    """A flow of 590 s is within the row's 300 s and the 300 s allowed beside it, and not within 60 s and those."""
    old = [record(PEERS[0], OWN, 1, 2, 16_000, lasted_ms=590_000), *usual()]
    offer(mine, f"flows/{DAY}/a.pcap", capture(old, *sampling(100)))
    assert found("set_apart") == [("note", "nothing of the newest files would be set apart")]
    rewrite(mine, "exporters.csv", "300,,", "60,,")
    assert found("set_apart") == [
        ("blocks", "50.0% of the bytes of the newest files would be set apart: implausible times")
    ]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (13335, []),
        (3356, [("warning", "exporters.csv: edge-1 has as_numbers origin, and 0% of those of known networks are")]),
    ],
)
def test_as_numbers_that_are_not_those_of_origins_are_told(
    mine: Path, number: int, told: list[tuple[str, str]]
) -> None:
    """1.1.1.1 is Cloudflare's, AS13335, in the bundled table."""
    rewrite(mine, "exporters.csv", "ignore", "origin")
    fields = [*FIELDS, (16, 4)]
    content = flow_set(300, record("1.1.1.1", OWN, 1, 2, 3000) + number.to_bytes(4, "big"))
    offer(mine, f"flows/{DAY}/a.pcap", pcap(v9(template(300, fields), *sampling(100), content)))
    assert found("as_numbers") == told


def test_a_clock_that_is_wrong_is_told(mine: Path) -> None:
    offer(mine, f"flows/{DAY}/a.pcap", capture(usual(), *sampling(100), ahead_s=-7200))
    assert found("clock") == [("warning", "exporter 192.0.2.1: its clock is 7,200 s behind")]


def test_days_and_sources_without_files_are_told(mine: Path) -> None:
    rewrite(
        mine, "operator.yaml", "  - address: flows/{date}\n", "  - address: flows/{date}\n  - address: gone/{date}\n"
    )
    days = (today() - date.fromisoformat(DAY)).days
    first, second = found("days_without_files")
    assert first[1].startswith(f"flows/{{date}}: 1 of {days} days since {DAY} have files; none on 2025-08-06, ")
    assert second[1].startswith(f"gone/{{date}}: 0 of {days} days since {DAY} have files; none on {DAY}, ")
    assert doctor().exit_code == 0


def test_no_file_at_all_blocks(mine: Path) -> None:
    rewrite(mine, "operator.yaml", "flows/{date}", "gone/{date}")
    assert found("no_files") == [("blocks", "no source has a file on any day")]
    assert doctor().exit_code == 1


def test_a_folder_beside_those_of_exporters_is_named(mine: Path) -> None:
    rewrite(mine, "operator.yaml", "flows/{date}", "by/{exporter}/{date}")
    offer(mine, f"by/edge-1/{DAY}/a.pcap", capture(usual(), *sampling(100)))
    offer(mine, f"by/192.0.2.1/{DAY}/b.pcap", capture(usual(), *sampling(100), domain=8))
    offer(mine, f"by/edge-2/{DAY}/c.pcap", capture(usual(), *sampling(100), sender="192.0.2.2"))
    folder = mine / "by" / "edge-2"
    assert found("folder_of_nobody") == [
        ("warning", f"folder {folder} is not read: no exporter has that name or address")
    ]


def test_what_was_copied_from_the_demo_is_pointed_out(mine: Path) -> None:
    demo = Path(__file__).parents[2] / "operators" / "demo" / "operator.yaml"
    copied = [line for line in demo.read_text(encoding="utf-8").splitlines() if line.split(":")[0] in COPIED]
    rewrite(mine, "operator.yaml", "name: Mine\n", "name: Mine\n" + "\n".join(copied) + "\n")
    assert [level for level, _ in found(*COPIED)] == ["warning"] * 2
    rewrite(mine, "operator.yaml", "name: Mine\n", "name: Mine\nsuppression: {minimum_unique_ips: 1}\n")
    assert [told for _, told in found("suppression")] == [
        "operator.yaml, key suppression.minimum_unique_ips: is 1, which switches it off"
    ]


COPIED = ("contact", "retention_days")


def test_a_source_without_a_date_is_warned_of_with_what_a_date_looks_like(mine: Path) -> None:
    rewrite(mine, "operator.yaml", "flows/{date}", "flows")
    ((level, told),) = found("undated_source")
    assert (level, told.startswith("flow_sources flows: tells no day")) == ("warning", True)
    assert f"'{mine}/flows/{{date}}'" in doctor().output


def test_rows_marked_suggested_are_pointed_out_until_the_mark_is_gone(mine: Path) -> None:
    rewrite(mine, "own_prefixes.csv", "label\n198.51.100.0/24,own", "label,note\n198.51.100.0/24,own,suggested: seen")
    assert found("suggested") == [("warning", "own_prefixes.csv: row 2 is still marked suggested")]
    rewrite(mine, "own_prefixes.csv", "suggested: seen", "asked the core team")
    assert found("suggested") == []


def test_the_share_without_a_type_is_estimated(mine: Path) -> None:
    """1.1.1.1 is Cloudflare's, with as many bytes as four others, of which one at most is known (9.9.9.9, Quad9)."""
    cdn = record("1.1.1.1", OWN, 1, 2, 16_000)
    offer(mine, f"flows/{DAY}/a.pcap", capture([*usual(), cdn], *sampling(100)))
    ((level, told),) = found("unclassified")
    share = float(told.split("%")[0])
    assert (level, 37.5 <= share <= 50.0) == ("warning", True)
    assert told.endswith("of the bits that count have a far end of no known type, by the bundled table")


def test_own_as_numbers_that_announce_more_than_the_folder_has_are_told(mine: Path) -> None:
    rewrite(mine, "operator.yaml", "64496", "13335")
    ((level, told),) = found("own_prefixes")
    assert level == "warning"
    assert told.startswith(
        "own AS numbers announce what own_prefixes.csv lacks (ip_to_asn of 2026-06-17): 1.0.0.0/24, "
    )


def test_an_own_prefix_that_another_as_announces_is_told(mine: Path) -> None:
    rewrite(mine, "own_prefixes.csv", "198.51.100.0/24,own\n", "198.51.100.0/24,own\n8.8.8.0/25,wrong\n")
    assert found("foreign_prefix") == [
        ("warning", "own_prefixes.csv: 8.8.8.0/25 is announced by AS15169 (ip_to_asn of 2026-06-17)")
    ]
    rewrite(mine, "operator.yaml", "64496", "15169")
    assert found("foreign_prefix") == []


def test_of_very_many_findings_of_a_kind_the_first_are_shown() -> None:
    many = [Finding(WARNING, "exporter_without_row", f"exporter {number}", "add it") for number in range(23)]
    shown = list(lines([*many, Finding(NOTE, "state", "state")]))
    assert shown[19] == "warning: exporter 19; add it"
    assert shown[20].startswith("warning: and 3 more of this kind (exporter_without_row); ")
    assert shown[21:] == ["state"]
    assert list(lines(many[:20])) == [one.line for one in many[:20]]


def test_what_is_no_export_is_told(mine: Path) -> None:
    offer(mine, f"flows/{DAY}/notes.txt", b"no export at all")
    ((level, told),) = found("no_export")
    assert (level, "notes.txt: begins with b'no e'" in told) == ("warning", True)


def test_a_folder_that_is_not_valid_ends_with_1(mine: Path) -> None:
    rewrite(mine, "sites.csv", "us-west", "us-wset")
    ran = doctor()
    assert (ran.exit_code, "us-wset" in ran.stderr) == (1, True)


def test_a_misspelt_check_blocks_as_it_would_end_every_build(mine: Path) -> None:
    rows = "check,limit,severity,reason,decided_on\nflow_exports.{},0.9,warn,tests,2026-01-01\n"
    offer(mine, "check_limits.csv", rows.format("records_receive").encode())
    ((level, told),) = found("check_limits")
    assert (level, told.endswith("such as flow_exports.records_received")) == ("blocks", True)
    assert doctor().exit_code == 1
    offer(mine, "check_limits.csv", rows.format("records_received").encode())
    assert found("check_limits") == []
