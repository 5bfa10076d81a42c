"""`netstats init` writes a folder that is valid, and adds to one that is there without touching what a person wrote."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assets.operator import load_operator
from assets.operator.model import RetentionDays, Suppression
from assets.operator.notes import suggested_rows
from orchestration.commands.cli import main
from tests.init.routers import DAY, NEXT_DAY, OWN, PEERS, capture, names, offer, record, sampling, usual

NETSTATS = Path(sys.executable).with_name("netstats")


def init(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["init", str(folder), *arguments])


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    offer(tmp_path / "flows", f"{DAY}/a.pcap", capture(usual(), *sampling(100), *names({1: "Te0/1", 2: "Te0/2"})))
    return tmp_path / "flows"


@pytest.fixture
def operator(tmp_path: Path, flows: Path) -> Path:
    ran = init(tmp_path / "mine", "--flows", str(flows), "--name", "Mine", "--own-as", "AS64500")
    assert ran.exit_code == 0, ran.output
    return tmp_path / "mine"


def test_the_folder_is_valid_and_leaves_defaults_on(operator: Path, flows: Path) -> None:
    mine = load_operator(operator)
    assert (mine.name, mine.is_simulated, str(mine.tracking_began_on)) == ("Mine", False, DAY)
    assert mine.settings.own_asns == (64500,)
    assert [one.address for one in mine.flow_sources] == [f"{flows}/{{date}}"]
    assert (mine.settings.suppression, mine.settings.retention_days) == (Suppression(), RetentionDays())
    assert (mine.settings.contact, mine.registries, mine.overrides) == (None, (), ())
    assert [(str(one.exporter), one.name, one.site, one.sampling_interval) for one in mine.exporters] == [
        ("192.0.2.1", "router-1", "main", None)
    ]
    assert [(one.if_index, one.interface, one.role, one.connectivity) for one in mine.interfaces] == [
        (1, "Te0/1", "external", None),
        (2, "Te0/2", "internal", "internal"),
    ]
    assert [str(one.prefix) for one in mine.own_prefixes] == ["198.51.100.0/24"]
    marked = [(one.file, one.row) for one in suggested_rows(operator)]
    assert marked == [
        ("exporters.csv", 2), ("interfaces.csv", 2), ("interfaces.csv", 3), ("own_prefixes.csv", 2), ("sites.csv", 2),
        ("regions.csv", 2),
    ]  # fmt: skip


def test_again_it_adds_what_is_new_and_leaves_every_other_byte(operator: Path, flows: Path) -> None:
    """A person wrote it anew, without notes and as Windows does; a router and a card are new the day after."""
    (operator / "exporters.csv").write_bytes(
        b"exporter,name,site,sampling_interval,as_numbers,metering,active_timeout_s,valid_from,valid_to\r\n"
        b"192.0.2.1, edge ,main,,ignore,ingress,300,,"
    )
    before = {path.name: path.read_bytes() for path in operator.iterdir()}
    offer(flows, f"{NEXT_DAY}/a.pcap", capture([*usual(), record(PEERS[0], OWN, 3, 2, 50)], *sampling(100)))
    offer(flows, f"{NEXT_DAY}/b.pcap", capture(usual(), sender="192.0.2.2"))
    ran = init(operator, "--sampling", "192.0.2.2=2000")
    assert ran.exit_code == 0, ran.output
    after = {path.name: path.read_bytes() for path in operator.iterdir()}
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"exporters.csv", "interfaces.csv"}
    assert after["exporters.csv"] == before["exporters.csv"] + (
        b"\r\n192.0.2.2,router-1,main,2000,ignore,ingress,1800,,\r\n"
    )
    assert after["interfaces.csv"].startswith(before["interfaces.csv"])
    mine = load_operator(operator)
    assert [(str(one.exporter), one.if_index, one.role) for one in mine.interfaces[2:]] == [
        ("192.0.2.1", 3, "external"),
        ("192.0.2.2", 1, "external"),
        ("192.0.2.2", 2, "internal"),
    ]
    assert "added 192.0.2.2 as router-1" in ran.output
    assert "nothing is new" in init(operator).output
    assert {path.name: path.read_bytes() for path in operator.iterdir()} == after


def test_a_file_that_a_person_wrote_first_is_kept(tmp_path: Path, flows: Path) -> None:
    own = offer(tmp_path / "mine", "own_prefixes.csv", b"prefix,label\n198.51.100.0/28,servers\n")
    ran = init(tmp_path / "mine", "--flows", str(flows))
    assert ran.exit_code == 0, ran.output
    assert own.read_bytes() == b"prefix,label\n198.51.100.0/28,servers\n"
    assert f"kept {own}" in ran.output


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("sites.csv", "site,metro\n", "sites.csv row 1, column region: is missing"),
        ("sites.csv", "site,metro,region\nmain,Reno,west\n", "sites.csv row 2, column region: 'west' "),
        ("exporters.csv", "", "exporters.csv: the file is empty"),
    ],
    ids=["by itself", "beside what would be written", "empty"],
)
def test_where_a_file_that_is_there_is_not_valid_nothing_is_written(
    tmp_path: Path, flows: Path, name: str, content: str, told: str
) -> None:
    kept = offer(tmp_path / "mine", name, content.encode())
    ran = init(tmp_path / "mine", "--flows", str(flows))
    assert (ran.exit_code, f"{tmp_path}/mine/{told}" in ran.output) == (1, True), ran.output
    assert list((tmp_path / "mine").iterdir()) == [kept]
    assert kept.read_bytes() == content.encode()


def test_given_prefixes_are_written_in_place_of_suggested_ones(tmp_path: Path, flows: Path) -> None:
    given = ("--own-prefix", "198.51.100.0/25", "--own-prefix", "198.51.100.128/25", "--own-prefix", "2001:db8::/32")
    init(tmp_path / "mine", "--flows", str(flows), *given)
    text = (tmp_path / "mine" / "own_prefixes.csv").read_text(encoding="utf-8")
    assert text == "prefix,label,note\n198.51.100.0/24,own,\n2001:db8::/32,own,\n"


def test_a_prefix_of_mapped_addresses_is_the_ipv4_prefix(tmp_path: Path, flows: Path) -> None:
    """All of IPv4, once as it is and once as it is mapped into IPv6."""
    ran = init(tmp_path / "mine", "--flows", str(flows), "--own-prefix", "0.0.0.0/0", "--own-prefix", "::ffff:0:0/96")
    assert ran.exit_code == 0, ran.output
    text = (tmp_path / "mine" / "own_prefixes.csv").read_text(encoding="utf-8")
    assert text == "prefix,label,note\n0.0.0.0/0,own,\n"


def test_prefixes_that_the_own_as_announces_are_own(tmp_path: Path, flows: Path) -> None:
    """Of the bundled table, as of which 1.1.1.0/24 is Cloudflare's."""
    init(tmp_path / "mine", "--flows", str(flows), "--own-as", "13335")
    text = (tmp_path / "mine" / "own_prefixes.csv").read_text(encoding="utf-8")
    assert "\n1.1.1.0/24,announced by AS13335 (ip_to_asn 2026-06-17),\n" in text
    assert "suggested" not in text
    load_operator(tmp_path / "mine")


def test_folders_of_exporters_give_them_their_names(tmp_path: Path) -> None:
    """One is named by its router, the other by its address."""
    offer(tmp_path, f"flows/lax-1/{DAY}/a.pcap", capture(usual()))
    offer(tmp_path, f"flows/192.0.2.2/{DAY}/a.pcap", capture(usual(), sender="192.0.2.2"))
    ran = init(tmp_path / "mine", "--flows", f"{tmp_path}/flows/{{exporter}}/{{date}}", "--sampling", "1000")
    assert ran.exit_code == 0, ran.output
    mine = load_operator(tmp_path / "mine")
    assert sorted((one.name, str(one.exporter), one.sampling_interval) for one in mine.exporters) == [
        ("lax-1", "192.0.2.1", 1000.0),
        ("router-1", "192.0.2.2", 1000.0),
    ]
    offer(tmp_path, f"flows/sfo-2/{DAY}/a.pcap", capture(usual(), sender="192.0.2.3"))
    assert init(tmp_path / "mine", "--sampling", "192.0.2.3=500").exit_code == 0
    assert [(one.name, one.sampling_interval) for one in load_operator(tmp_path / "mine").exporters[2:]] == [
        ("sfo-2", 500.0)
    ]


def test_a_router_that_has_no_files_of_the_newest_day_gets_its_row(tmp_path: Path) -> None:
    offer(tmp_path, f"flows/lax-1/{DAY}/a.pcap", capture(usual(), *sampling(100)))
    offer(tmp_path, f"flows/sfo-2/{NEXT_DAY}/a.pcap", capture(usual(), *sampling(100), sender="192.0.2.2"))
    ran = init(tmp_path / "mine", "--flows", f"{tmp_path}/flows/{{exporter}}/{{date}}")
    assert ran.exit_code == 0, ran.output
    mine = load_operator(tmp_path / "mine")
    assert {one.name for one in mine.exporters} == {"lax-1", "sfo-2"}
    assert len(mine.interfaces) == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "say where exports lie: `--flows PATTERN`"),
        (("--flows", "nowhere"), "--flows nowhere: nothing is there; name a folder that is, or write a date into it"),
        (("--flows", "x/{day}"), "x/{day}: holds {day}; only {date}"),
        (("--own-as", "AS-X"), "own AS AS-X: is not an AS number; write it as 64500 or AS64500"),
        (("--own-prefix", "198.51.100.7/24"), "--own-prefix 198.51.100.7/24: is not a prefix"),
        (("--sampling", "192.0.2.1=0"), "--sampling 192.0.2.1=0: is not an interval; write one packet in how many"),
        (("--format", "netflow"), "--format netflow: is unknown; write one of akvorado, auto,"),
    ],
)
def test_what_can_not_be_used_is_told_in_one_line_and_nothing_is_written(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    ran = init(tmp_path / "mine", *arguments)
    assert ran.exit_code == 1
    assert told in ran.output
    assert len(ran.output.splitlines()) == 1
    assert not (tmp_path / "mine").exists()


def test_a_folder_without_exports_is_not_begun(tmp_path: Path) -> None:
    offer(tmp_path, f"flows/{DAY}/notes.txt", b"no export at all")
    ran = init(tmp_path / "mine", "--flows", str(tmp_path / "flows"))
    assert ran.exit_code == 1
    assert "notes.txt: begins with b'no e'" in ran.output
    assert not (tmp_path / "mine").exists()


def test_answers_that_would_change_a_folder_that_is_there_are_refused(operator: Path, tmp_path: Path) -> None:
    assert "leave out all options but --sampling and --all" in init(operator, "--own-as", "64501").output
    assert "write sampling_interval there" in init(operator, "--sampling", "192.0.2.1=5").output
    offer(tmp_path, f"other/{DAY}/a.pcap", capture(usual()))
    other = init(operator, "--flows", str(tmp_path / "other"))
    told = f"add `- address: {tmp_path}/other/{{date}}` to its flow_sources"
    assert (other.exit_code, told in other.output) == (1, True)


def test_the_command_that_made_a_folder_adds_to_it(operator: Path, flows: Path) -> None:
    """The folder of flows stands in operator.yaml as the address that its names tell."""
    before = {path.name: path.read_bytes() for path in operator.iterdir()}
    ran = init(operator, "--flows", str(flows), "--own-as", "64500")
    assert (ran.exit_code, "nothing is new" in ran.output) == (0, True), ran.output
    assert {path.name: path.read_bytes() for path in operator.iterdir()} == before


def test_with_every_other_answer_too(tmp_path: Path) -> None:
    offer(tmp_path, f"flows/{DAY}/a.pcap", capture(usual()))
    told = {
        "flows": str(tmp_path / "flows"), "sampling": "192.0.2.1=5", "name": "Mine", "contact": "noc@mine.example",
        "own-as": "64500", "own-prefix": "198.51.100.0/24", "region": "West", "metro": "Reno",
    }  # fmt: skip
    command = [part for name, answer in told.items() for part in (f"--{name}", answer)]
    assert init(tmp_path / "mine", *command).exit_code == 0
    other = init(tmp_path / "mine", *command, "--own-prefix", "203.0.113.0/24")
    assert "leave out all options but --sampling and --all" in other.output
    again = init(tmp_path / "mine", *command)
    assert (again.exit_code, "nothing is new" in again.output) == (0, True), again.output


def test_an_answer_on_sampling_that_would_be_written_nowhere_is_refused(tmp_path: Path, flows: Path) -> None:
    """192.0.2.1 tells 100 by options; nobody has the other address."""
    for answer, told in (
        ("192.0.2.99=7", "--sampling 192.0.2.99: no such exporter is in the newest files; they are of 192.0.2.1"),
        ("192.0.2.1=7", "--sampling 192.0.2.1: its exports tell the sampling"),
        ("edge-1=7", "--sampling edge-1=7: is not an IP address"),
    ):
        ran = init(tmp_path / "mine", "--flows", str(flows), "--sampling", answer)
        assert (ran.exit_code, told in ran.output) == (1, True), ran.output
        assert not (tmp_path / "mine").exists()


def test_an_interval_is_written_with_all_of_its_digits(tmp_path: Path) -> None:
    offer(tmp_path, f"flows/{DAY}/a.pcap", capture(usual()))
    offer(tmp_path, f"flows/{DAY}/b.pcap", capture(usual(), sender="2001:db8::2"))
    answers = ("--sampling", "1048577", "--sampling", "2001:DB8:0::2=1.5")
    assert init(tmp_path / "mine", "--flows", str(tmp_path / "flows"), *answers).exit_code == 0
    found = {str(one.exporter): one.sampling_interval for one in load_operator(tmp_path / "mine").exporters}
    assert found == {"192.0.2.1": 1048577.0, "2001:db8::2": 1.5}


def test_names_that_exporters_tell_can_not_spoil_the_folder(tmp_path: Path) -> None:
    """Three interfaces whose names become one another's, and one that a spreadsheet would take for a formula."""
    records = [*usual(), *(record(PEERS[0], OWN, index, 2, 500) for index in (3, 4, 5))]
    told = names({1: "a", 2: "=HYPERLINK()", 3: "a", 4: "a#3", 5: "a#3#3"})
    offer(tmp_path, f"flows/{DAY}/a.pcap", capture(records, *sampling(100), *told))
    ran = init(tmp_path / "mine", "--flows", str(tmp_path / "flows"))
    assert ran.exit_code == 0, ran.output
    found = {one.if_index: one.interface for one in load_operator(tmp_path / "mine").interfaces}
    assert found == {1: "a#1", 2: "if2", 3: "a#3#3#3", 4: "a#3", 5: "a#3#3"}
    assert "; called =HYPERLINK()" in (tmp_path / "mine" / "interfaces.csv").read_text(encoding="utf-8")


def test_a_folder_whose_name_no_row_can_have_names_no_exporter(tmp_path: Path) -> None:
    for number, folder in enumerate(("\x1b[31mred", " led", "lax 1"), start=1):
        offer(tmp_path, f"flows/{folder}/{DAY}/a.pcap", capture(usual(), sender=f"192.0.2.{number}"))
    ran = init(tmp_path / "mine", "--flows", f"{tmp_path}/flows/{{exporter}}/{{date}}")
    assert ran.exit_code == 0, ran.output
    assert [one.name for one in load_operator(tmp_path / "mine").exporters] == ["router-1", "router-2", "lax 1"]


def test_the_commands_that_it_names_can_be_pasted(tmp_path: Path, flows: Path) -> None:
    ran = init(tmp_path / "my net", "--flows", str(flows))
    assert f"export NETSTATS_OPERATOR='{tmp_path}/my net'\n" in ran.output


def test_rows_are_added_behind_a_link(operator: Path, tmp_path: Path, flows: Path) -> None:
    kept = (operator / "exporters.csv").rename(tmp_path / "kept.csv")
    (operator / "exporters.csv").symlink_to(kept)
    offer(flows, f"{DAY}/b.pcap", capture(usual(), *sampling(1), sender="192.0.2.2"))
    assert init(operator).exit_code == 0
    assert (operator / "exporters.csv").is_symlink()
    assert "\n192.0.2.2," in kept.read_text(encoding="utf-8")


def test_a_day_that_has_not_come_is_not_the_newest(tmp_path: Path, flows: Path) -> None:
    offer(flows, "2999-01-01/a.pcap", capture(usual(), *sampling(1), sender="192.0.2.9"))
    ran = init(tmp_path / "mine", "--flows", str(flows))
    assert f"looking at {DAY}" in ran.output
    assert [str(one.exporter) for one in load_operator(tmp_path / "mine").exporters] == ["192.0.2.1"]


def test_a_place_that_can_not_be_written_is_told_in_a_line(tmp_path: Path, flows: Path) -> None:
    offer(tmp_path, "file", b"")
    ran = init(tmp_path / "file" / "mine", "--flows", str(flows))
    assert ran.exit_code == 1
    assert ran.output.splitlines()[-1] == (
        f"{tmp_path}/file/mine: can't be written (Not a directory); name a folder that can be"
    )


def test_files_whose_names_tell_no_day_are_taken_with_a_warning(tmp_path: Path) -> None:
    offer(tmp_path, "flows/one.pcap", capture(usual()))
    ran = init(tmp_path / "mine", "--flows", str(tmp_path / "flows"))
    assert ran.exit_code == 0, ran.output
    assert (
        "tells no day, so all files count for the first day built after they came; write a date into it" in ran.output
    )
    assert str(load_operator(tmp_path / "mine").tracking_began_on) == DAY


def at_terminal(answers: bytes, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """`netstats` with answers that come by a pseudo-terminal."""
    ours, theirs = pty.openpty()
    os.write(ours, answers)
    ran = subprocess.run([NETSTATS, *arguments], stdin=theirs, capture_output=True, text=True, check=False, timeout=60)
    os.close(theirs)
    os.close(ours)
    return ran


def test_on_a_terminal_it_asks_what_it_can_not_know(tmp_path: Path) -> None:
    """The router does not tell its sampling; the answers come by a pseudo-terminal."""
    offer(tmp_path, f"flows/{DAY}/a.pcap", capture(usual()))
    answers = b"Mine GmbH\n64500 64501\nnoc@mine.example\nUS-West\nSacramento\n512\n"
    ran = at_terminal(answers, "init", tmp_path / "mine", "--flows", tmp_path / "flows")
    assert ran.returncode == 0, ran.stderr
    mine = load_operator(tmp_path / "mine")
    assert (mine.name, mine.settings.own_asns, mine.settings.contact) == (
        "Mine GmbH",
        (64500, 64501),
        "noc@mine.example",
    )
    assert [(one.label, one.region) for one in mine.regions] == [("US-West", "region-1")]
    assert [(one.metro, one.region) for one in mine.sites] == [("Sacramento", "region-1")]
    assert [one.sampling_interval for one in mine.exporters] == [512.0]


def test_an_answer_that_cannot_be_read_is_asked_again(tmp_path: Path) -> None:
    offer(tmp_path / "flows", f"{DAY}/a.pcap", capture(usual(), *sampling(100)))
    ran = at_terminal(b"Mine\nAS64500, banana\n64500\n\n\n\n", "init", tmp_path / "mine", "--flows", tmp_path / "flows")
    assert (ran.returncode, "own AS banana: is not an AS number" in ran.stdout + ran.stderr) == (0, True), ran.stderr
    assert load_operator(tmp_path / "mine").settings.own_asns == (64500,)


def test_an_interrupt_at_a_question_says_that_the_same_command_completes_it(tmp_path: Path) -> None:
    """The end of input (Ctrl-D) and Ctrl-C are the same to a question; the second one comes when files are written."""
    offer(tmp_path / "flows", f"{DAY}/a.pcap", capture(usual()))
    command = ("init", tmp_path / "mine", "--flows", tmp_path / "flows")
    for answers in (b"Mine\n\x04", b"Mine\n64500\n\n\n\n\x04"):
        ran = at_terminal(answers, *command)
        assert (ran.returncode, ran.stderr.splitlines()[-1].split(":")[0]) == (130, "interrupted"), ran.stderr
    assert at_terminal(b"512\n", *command).returncode == 0
    assert [one.sampling_interval for one in load_operator(tmp_path / "mine").exporters] == [512]


def test_an_empty_pattern_is_not_the_folder_that_the_command_was_called_in(tmp_path: Path, flows: Path) -> None:
    ran = init(tmp_path / "mine", "--flows", "")
    assert (ran.exit_code, "--flows '': names nothing" in ran.output) == (1, True), ran.output


def test_an_interval_for_all_that_a_row_does_not_take_is_refused(tmp_path: Path) -> None:
    """The first time nobody knew it; the row that was written then stays as it is."""
    offer(tmp_path / "flows", f"{DAY}/a.pcap", capture(usual()))
    assert init(tmp_path / "mine", "--flows", str(tmp_path / "flows")).exit_code == 0
    ran = init(tmp_path / "mine", "--sampling", "1000")
    assert (ran.exit_code, "--sampling 1000: 192.0.2.1 has a row in" in ran.output) == (1, True), ran.output
