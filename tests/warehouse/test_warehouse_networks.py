"""Which network is at the other end, by the first rule that answers, and whose decision its type is."""

from datetime import date
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from warehouse_cases import BOTH, A, B, Query
from world import World, record

from assets.ground.workspace import Workspace
from assets.operator import Override
from orchestration.commands.decision_reach import moved

PROJECT = Path(__file__).parents[2]

DAY = "2025-10-06"
MIGRATION, PROVIDER_AS, PROVIDER_NAME = 3, 4, 5

# Each case in a 5-minute bin of its own: columns of the record, then network_key, rule and origin AS.
CASES = {
    "a migration link comes before everything": (
        {"peer": "40.1.0.1", "in_if": MIGRATION, "src_as": 410101},
        (f"link:{A}/mig-3", "interface", 410101),
    ),
    "a migration link comes before own prefixes": (
        {"peer": "192.0.2.77", "in_if": MIGRATION},
        (f"link:{A}/mig-3", "interface", None),
    ),
    "a private interconnect names its provider's AS": (
        {"peer": "40.1.0.1", "in_if": PROVIDER_AS, "src_as": 410101},
        ("as:410100", "interface", 410100),
    ),
    "the way out decides for what leaves": (
        {"peer": "20.30.0.1", "way": "egress", "out_if": PROVIDER_AS},
        ("as:410100", "interface", 410100),
    ),
    "a provider without AS number answers nothing": (
        {"peer": "20.30.0.1", "in_if": PROVIDER_NAME},
        ("as:410030", "address_plan", 410030),
    ),
    "own prefixes come before the exported AS": (
        {"peer": "192.0.2.77", "src_as": 410101},
        ("own", "own", 410101),
    ),
    "a cloud's prefixes come before the exported AS": (
        {"peer": "40.1.0.1", "src_as": 410101},
        ("cloud:aws/us-east-1", "cloud_prefixes", 410101),
    ),
    "a cloud without region": (
        {"peer": "40.2.0.1"},
        ("cloud:aws", "cloud_prefixes", 410200),
    ),
    "an exported origin AS comes before the plan": (
        {"peer": "20.30.0.1", "src_as": 410101, "dst_as": 410102},
        ("as:410101", "record_as", 410101),
    ),
    "the far end's AS is the destination's for what leaves": (
        {"peer": "20.30.0.1", "way": "egress", "src_as": 410101, "dst_as": 410102},
        ("as:410102", "record_as", 410102),
    ),
    "a peer AS is not an origin": (
        {"peer": "20.30.0.1", "exporter": BOTH, "src_as": 410101},
        ("as:410030", "address_plan", 410030),
    ),
    "ignored AS numbers are not looked at": (
        {"peer": "20.30.0.1", "exporter": B, "src_as": 410101},
        ("as:410030", "address_plan", 410030),
    ),
    **{
        f"AS {asn} names no network": (
            {"peer": "20.30.0.1", "src_as": asn},
            ("as:410030", "address_plan", 410030),
        )
        for asn in (0, 23456, 64496, 64511, 64512, 65535, 65536, 65551, 4200000000, 4294967295, 410250)
    },
    "AS numbers beside the reserved ones do": (
        {"peer": "20.30.0.1", "src_as": 65552},
        ("as:65552", "record_as", 65552),
    ),
    "IPv6 is in the plan too": (
        {"peer": "2a00:2::99"},
        ("as:410098", "address_plan", 410098),
    ),
    "nobody knows": (
        {"peer": "21.0.0.1"},
        ("unknown", "unknown", None),
    ),
}
NAMES = list(CASES)


def bin_of(name: str) -> str:
    minutes = 5 * NAMES.index(name)
    return f"{DAY} {10 + minutes // 60}:{minutes % 60:02}:00"


# Prefixes with decisions in 2026Q1 and 2026Q2; 50.3.1.0 belongs to AS 410212, whose decision ends with 2026Q1.
DECIDED = ["50.1.1.1", "50.1.2.1", "50.2.0.1", "50.3.0.1", "50.3.1.1", "50.4.0.1", "50.4.1.1", "50.5.0.1"]

RECORDS = [
    *(record(bin_of(name), seconds=60, **columns) for name, (columns, _) in CASES.items()),
    *(record(f"2025-10-07 12:00:{n:02}", peer, exporter=A) for n, peer in enumerate(DECIDED)),
]


@pytest.mark.parametrize("name", NAMES)
def test_the_first_rule_that_answers(query: Query, name: str) -> None:
    rows = query(
        "select network_key, network_rule, origin_as from core.placed_traffic_bins where bin_at = ?", bin_of(name)
    )
    assert rows == [CASES[name][1]]


def types(query: Query, quarter: str) -> dict[tuple[str, str | None], tuple[str, str]]:
    """Kind of network and rule by network and override prefix, in a quarter's map."""
    rows = query(
        'select network_key, "override", network_kind, rule from core.network_types_by_quarter '
        "where quarter = ? and network_key between 'as:410210' and 'as:410214'",
        quarter,
    )
    return {(key, prefix): (network_type, rule) for key, prefix, network_type, rule in rows}


UNDECIDED = ("unclassified", "unclassified")


def test_decisions_of_the_quarters_last_day_hold_for_all_of_it(query: Query) -> None:
    assert types(query, "2026Q1") == {
        ("as:410210", "50.1.1.0/24"): ("neocloud", "override"),
        ("as:410210", None): UNDECIDED,
        ("as:410211", None): UNDECIDED,
        ("as:410212", None): ("hosting", "override"),
        ("as:410212", "50.3.1.0/24"): ("cdn", "override"),
        ("as:410213", None): ("enterprise", "override"),
        ("as:410213", "50.4.1.0/24"): ("enterprise", "override"),
        ("as:410214", None): ("hyperscaler", "override"),
    }


def test_a_decision_is_over_in_the_quarter_after_its_last_day(query: Query) -> None:
    found = types(query, "2026Q2")
    assert found["as:410212", None] == UNDECIDED
    assert found["as:410213", "50.4.1.0/24"] == ("migration", "override")


def test_no_decision_holds_in_a_quarter_before_it_was_made(query: Query) -> None:
    assert set(types(query, "2025Q4").values()) == {UNDECIDED}


def test_an_override_leaves_the_network_key_as_it_is(query: Query) -> None:
    keys = query("select distinct network_key from core.placed_traffic_bins where \"override\" = '50.1.1.0/24'")
    assert keys == [("as:410210",)]


def test_only_migration_links_set_the_type(query: Query) -> None:
    rows = query(
        "select distinct network_key, network_type from core.typed_traffic_bins where export_on = ? "
        "and network_key in (?, 'as:410100') order by all",
        DAY,
        f"link:{A}/mig-3",
    )
    assert rows == [("as:410100", "unclassified"), (f"link:{A}/mig-3", "migration")]


def test_a_known_network_keeps_its_reviewed_type(query: Query) -> None:
    rows = query("select network_type, rule, confidence from core.networks where network_key = 'as:23112'")
    assert rows == [("neocloud", "known_network", 0.92)]


def test_a_decision_tells_the_bits_that_it_would_move(world: World, query: Query) -> None:
    """Of an AS all bits that no prefix's decision has taken, of a prefix those of its addresses."""
    house = cast(Workspace, SimpleNamespace(warehouse=world.warehouse, dbt_project=PROJECT / "dbt_project"))
    since = {"network_type": "cdn", "reason": "x", "author": "x", "decided_on": date(2025, 10, 1), "expires_on": None}
    of_network = moved(house, Override(prefix=None, asn=410101, organisation=None, **since))
    of_prefix = moved(house, Override(prefix=ip_network("20.30.0.0/24"), asn=None, organisation=None, **since))
    assert of_network and of_prefix
    bits = "select sum(bits)::hugeint from core.{} where quarter = '2025Q4' and network_type != 'cdn' and {}"
    (whole,) = query(bits.format("typed_traffic_bins", "network_key = 'as:410101' and \"override\" is null"))[0]
    (part,) = query(
        bits.format(
            "typed_peer_address_days", "hex(peer_address) like '%FFFF141E00__' and network_key not like 'link:%'"
        )
    )[0]
    assert sum(move.bits for move in of_network if move.quarter == "2025Q4") == whole > 0
    assert sum(move.bits for move in of_prefix if move.quarter == "2025Q4") == part > 0


def test_candidates_for_neoclouds_are_asked_of_the_newest_days_alone(query: Query) -> None:
    (newest,) = query("select max(event_on) from core.placed_peer_address_days")[0]
    older = "select count(*) > 0 from core.{} where event_on <= ?::date - 92"
    assert query(older.format("placed_peer_address_days"), newest) == [(True,)]
    assert query(older.format("neocloud_members"), newest) == [(False,)]
    assert query("select count(*) > 0 from core.neocloud_members") == [(True,)]
    decided = query("select count(*) from core.neocloud_members where network_key like 'link:%' or network_key = 'own'")
    assert decided == [(0,)]
