"""`netstats classify`: AS numbers, addresses, all, and what it says when it can't."""

import csv
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assets.ground.workspace import Workspace
from orchestration.commands.classification import classify
from tests.classification.conftest import NAMES, Netstats

ADDRESSES = {
    "a longest prefix names its AS": ("20.2.0.1", ("as:174", "isp_tier1", "known_network", None)),
    "IPv6 as well": ("2a00:1::1", ("as:174", "isp_tier1", "known_network", None)),
    "a cloud's prefix comes before its AS": (
        "20.2.1.1",
        ("cloud:aws/us-east-1", "hyperscaler", "cloud_prefixes", "us-east-1"),
    ),
    "a decision on a prefix comes before all": ("20.1.2.3", ("as:410130", "neocloud", "override", None)),
    "beside it the AS answers": ("20.1.3.3", ("as:410130", "education", "strong_name", None)),
    "one that is over leaves it to the one around it": ("20.2.65.1", ("as:174", "cdn", "override", None)),
    "own addresses are not a network's": ("192.88.99.1", ("own", "unclassified", "unclassified", None)),
    "private ones neither": ("10.0.0.1", ("unknown", "unclassified", "unclassified", None)),
    "nobody announces it": ("21.0.0.1", ("unknown", "unclassified", "unclassified", None)),
}


@pytest.fixture(scope="module")
def answers(netstats: Netstats) -> dict[str, dict[str, object]]:
    said = netstats("classify", "--json", "AS174", "410199", *(address for address, _ in ADDRESSES.values()))
    assert said.returncode == 0, said.stderr
    return {answer["asked"]: answer for answer in json.loads(said.stdout)}


@pytest.mark.parametrize("case", ADDRESSES)
def test_an_address_is_resolved_by_the_newest_plan(answers: dict[str, dict[str, object]], case: str) -> None:
    address, expected = ADDRESSES[case]
    answer = answers[address]
    columns = ("network_key", "network_type", "rule", "cloud_region")
    assert tuple(answer.get(column) for column in columns) == expected


def test_what_the_as_of_a_cloud_says_is_the_runner_up(answers: dict[str, dict[str, object]]) -> None:
    assert answers["20.2.1.1"]["runner_up"] == "isp_tier1"


def test_an_as_that_nobody_knows_is_unclassified(answers: dict[str, dict[str, object]]) -> None:
    assert (answers["410199"]["network_type"], answers["410199"]["confidence"]) == ("unclassified", 0.0)


def test_a_table_for_people(netstats: Netstats) -> None:
    said = netstats("classify", "174")
    for told in ("as:174", "isp_tier1", "known_network", "Cogent", "isp_regional"):
        assert told in said.stdout


def test_all_writes_a_row_for_every_as(netstats: Netstats, tmp_path: Path) -> None:
    said = netstats("classify", "--all", "-o", str(tmp_path / "all.csv"))
    assert said.returncode == 0, said.stderr
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as content:
        rows = list(csv.DictReader(content))
    assert list(rows[0]) == ["asn", "network_type", "confidence", "rule", "evidence", "runner_up"]
    assert set(NAMES) <= {int(row["asn"]) for row in rows}
    assert len({row["asn"] for row in rows}) == len(rows)
    told = {int(row["asn"]): row["evidence"] for row in rows}
    assert told[410172] == '\'=HYPERLINK("x") hosting: Says hosting.'
    assert told[410173] == "\\x1b[2J\\u202eHosting: Says hosting."


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nonsense"], "nonsense: is neither an AS number nor an address"),
        (["4294967296"], "4294967296: is neither an AS number nor an address"),
        (["1" * 5000], f"{'1' * 5000}: is neither an AS number nor an address"),
        ([], "name AS numbers and addresses, or --all"),
        (["174", "--all"], "name AS numbers and addresses, or --all"),
        (["174", "--without", "luck"], "--without luck: no rule has this name; known are interface"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_line(netstats: Netstats, arguments: list[str], told: str) -> None:
    said = netstats("classify", *arguments)
    assert said.returncode == 1
    assert said.stderr.startswith(told) and said.stderr.count("\n") == 1


@pytest.mark.long
def test_without_registries_it_pulls_them(workspace: Workspace, tmp_path: Path) -> None:
    said = Netstats(replace(workspace, state=tmp_path / "operator"))("classify", "13335", "--json")
    assert said.returncode == 0, said.stderr
    (answer,) = json.loads(said.stdout)
    assert (answer["network_type"], answer["rule"]) == ("cdn", "known_network")


def test_other_questions_need_no_other_parsing(netstats: Netstats, workspace: Workspace) -> None:
    """dbt parses its project anew, for ten seconds, where one of its variables is another one."""
    netstats.database("174")
    parsed = workspace.state / "classification" / "dbt" / "partial_parse.msgpack"
    before = parsed.stat().st_mtime_ns, parsed.read_bytes()
    netstats.database("174", "--without", "weak_name")
    assert (parsed.stat().st_mtime_ns, parsed.read_bytes()) == before


def test_a_new_day_with_the_same_decisions_runs_no_rules_again(workspace: Workspace) -> None:
    made = classify(workspace, [], date(2026, 6, 1))
    before = made.stat().st_mtime_ns
    assert classify(workspace, [], date(2026, 6, 2)) == made
    assert made.stat().st_mtime_ns == before
    assert classify(workspace, [], date(2025, 12, 31)) != made


def test_the_review_list_needs_traffic(netstats: Netstats) -> None:
    said = netstats("review")
    assert said.returncode == 1
    assert "no traffic is built yet" in said.stderr
