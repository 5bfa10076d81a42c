"""The written scenario tells the published story, before any flow is drawn from it."""

import csv
from collections import defaultdict
from functools import cache

import pytest

from assets.operator import load_operator
from demo.scenario import quarter_of
from demo.writing import read_scenario
from tests.demo.conftest import OPERATOR

KNOWN_NETWORKS = OPERATOR.parents[1] / "dbt_project" / "seeds" / "known_networks.csv"
OTHER_CLOUDS = ("neocloud", "hyperscaler", "hosting")


@cache
def designed_bits(period: str) -> dict[tuple[str, str], float]:
    """Bits by period and network type, transfers included."""
    scenario = read_scenario(OPERATOR)
    name = quarter_of if period == "quarter" else (lambda day: f"{day:%Y-%m}")
    bits: dict[tuple[str, str], float] = defaultdict(float)
    for day in scenario.days:
        for network_type in scenario.written["types"]:
            bits[name(day), network_type] += scenario.type_bits(network_type, day)
            bits[name(day), network_type] += scenario.transferred_bits(network_type, day)
    return bits


@pytest.mark.parametrize(
    ("network_types", "q3", "q4"),
    [
        (OTHER_CLOUDS, 0.362, 0.496),
        (("neocloud",), 0.198, 0.184),
        (("hyperscaler",), 0.035, 0.180),
        (("hosting",), 0.129, 0.132),
    ],
)
def test_quarters_have_the_published_shares(network_types: tuple[str, ...], q3: float, q4: float) -> None:
    bits = designed_bits("quarter")
    for quarter, share in (("2025Q3", q3), ("2025Q4", q4)):
        whole = sum(value for (one, _), value in bits.items() if one == quarter)
        assert sum(bits[quarter, one] for one in network_types) / whole == pytest.approx(share, abs=0.0005)


def test_months_rise_and_fall_as_published() -> None:
    bits = designed_bits("month")
    migration = [bits[f"2025-{month:02}", "migration"] for month in range(8, 13)]
    assert migration[0] < migration[1] < migration[2] > migration[3] > migration[4]
    neocloud = [bits[f"2025-{month:02}", "neocloud"] for month in range(8, 13)]
    assert max(neocloud) == neocloud[2]
    assert min(neocloud[3:]) > neocloud[0]


def test_parts_add_up_to_wholes() -> None:
    told = read_scenario(OPERATOR).written
    for network_type, one in told["types"].items():
        assert sum(one["regions"].values()) == pytest.approx(1)
        parts = sum(row["part"] for row in told["networks"] if row["network_type"] == network_type)
        assert parts == pytest.approx(1)
    for quarter in told["quarters"].values():
        assert sum(quarter["shares"].values()) == pytest.approx(1)


def test_the_operator_is_simulated_with_two_routers_or_more_a_region() -> None:
    operator = load_operator(OPERATOR)
    assert operator.is_simulated
    region_of_site = {site.site: site.region for site in operator.sites}
    routers = [region_of_site[one.site] for one in operator.exporters if one.site]
    assert len(routers) == len(operator.exporters)
    assert {region.label for region in operator.regions} == {"US-West", "US-East", "CA-East"}
    assert all(routers.count(region.region) >= 2 for region in operator.regions)


def test_networks_come_by_interfaces_that_their_routers_have() -> None:
    """Migration by migration interfaces; a private interconnect carries the network that it is for."""
    operator, scenario = load_operator(OPERATOR), read_scenario(OPERATOR)
    interfaces = {(one.exporter, one.if_index): one for one in operator.interfaces}
    for exporter in operator.exporters:
        for network in scenario.networks:
            for if_index in network.interfaces:
                interface = interfaces[exporter.exporter, if_index]
                assert interface.role == "external"
                assert (interface.connectivity == "migration") == (network.network_type == "migration")
                if interface.connectivity == "private_interconnect":
                    assert interface.provider == f"AS{network.asn}"


def test_a_router_that_takes_over_samples_and_exports_like_its_neighbour() -> None:
    scenario = read_scenario(OPERATOR)
    routers = {router.name: router for router in scenario.routers}
    outage = scenario.written["outage"]
    down, neighbour = routers[outage["router"]], routers[outage["neighbour"]]
    assert (down.sampling_interval, down.protocol, down.region) == (
        neighbour.sampling_interval,
        neighbour.protocol,
        neighbour.region,
    )


def test_what_happens_once_happens_to_routers_that_export_by_bin_and_at_the_end_of_one() -> None:
    """The sFlow router has no bins to lose a datagram of; flows of the transfer may not be cut by another sampling."""
    scenario = read_scenario(OPERATOR)
    protocols = {router.name: router.protocol for router in scenario.routers}
    once = [scenario.written[name] for name in ("transfer", "outage", "restart", "sampling_change")]
    routers = [one["router"] for one in (*once, *scenario.written["lost_datagrams"])]
    routers += [one.router for one in scenario.transfers]
    assert {protocols[name] for name in routers} == {"netflow_v9"}
    [changed] = [router for router in scenario.routers if router.sampling_change]
    assert changed.sampling_change is not None
    assert changed.sampling_change.at_ms % 300_000 == 0
    assert changed.name not in {one.router for one in scenario.transfers}
    at_ms = changed.sampling_change.at_ms
    assert (changed.interval_at(at_ms - 1), changed.interval_at(at_ms)) == (4096, 8192)


def test_hidden_neoclouds_are_filled_from_november_on_and_no_list_tells_their_type() -> None:
    """One is inside a host, one is a host by its name, one is of addresses that nobody announces."""
    scenario = read_scenario(OPERATOR)
    hidden = [scenario.networks[one.network] for one in scenario.transfers if one.every_days]
    assert [(one.asn, one.network_type) for one in hidden] == [
        (24940, "hosting"),
        (12189, "hosting"),
        (None, "unclassified"),
    ]
    for transfer in scenario.transfers[1:]:
        filled = [day for day in scenario.days if transfer.is_on(day)]
        assert (len(filled), {f"{day:%Y-%m}" for day in filled}) == (15, {"2025-11", "2025-12"})


def test_types_are_those_of_the_known_networks() -> None:
    """But for migration, which an interface tells, and what nobody announces."""
    with KNOWN_NETWORKS.open(encoding="utf-8", newline="") as content:
        known = {int(row["asn"]): row["network_type"] for row in csv.DictReader(content) if row["asn"]}
    networks = [one for one in read_scenario(OPERATOR).networks if one.asn and one.network_type != "migration"]
    assert {one.asn: one.network_type for one in networks} == {one.asn: known[one.asn] for one in networks if one.asn}
