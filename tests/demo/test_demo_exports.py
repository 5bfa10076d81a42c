"""The demo's datagrams are what real routers send: clocks, sequences, templates, and packets really sampled."""

import struct
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from assets.operator_folder import load_operator
from demo import addresses
from demo.exports import DayOfExports, RouterClock, export_day
from demo.flows import Flows, draw, midnight_ms
from demo.scenario import Router, Scenario, quarter_of
from demo.writing import read_scenario

OPERATOR = Path(__file__).parents[2] / "operators" / "demo"
DAY = date(2025, 8, 5)
WRAP = 1 << 32


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return read_scenario(OPERATOR)


def router_of(scenario: Scenario, name: str) -> Router:
    return next(router for router in scenario.routers if router.name == name)


def flows_of(scenario: Scenario, router: Router, day: date = DAY) -> Flows:
    announced, own = addresses.Announced(), addresses.own_addresses(1)
    pools = {
        number: announced.pool(scenario, network, router.region) for number, network in enumerate(scenario.networks)
    }
    return draw(scenario, router, pools, own, day)


def exported(scenario: Scenario, name: str, day: date, booted_ms: int) -> tuple[Flows, DayOfExports]:
    router = router_of(scenario, name)
    flows = flows_of(scenario, router, day)
    asns = np.array([network.asn or 0 for network in scenario.networks], np.uint32)
    return flows, export_day(scenario, router, flows, asns, day, RouterClock(booted_ms))


def payloads(made: DayOfExports) -> Iterator[bytes]:
    """The UDP payloads of a day's frames: behind 16 bytes of pcap, 14 of Ethernet, 20 of IPv4 and 8 of UDP."""
    for frame in made.frames + made.last_frames:
        yield frame[16 + 14 + 20 + 8 :]


def test_the_operator_folder_is_valid_and_says_that_it_is_simulated() -> None:
    operator = load_operator(OPERATOR)
    assert operator.is_simulated
    assert operator.tracking_began_on == date(2025, 8, 1)
    assert {interface.connectivity for interface in operator.interfaces} == {
        "transit",
        "peering",
        "exchange",
        "private_interconnect",
        "migration",
        "internal",
    }


def test_every_region_has_two_routers_or_more_and_one_speaks_v5(scenario: Scenario) -> None:
    regions = [router.region for router in scenario.routers]
    assert {region: regions.count(region) >= 2 for region in regions} == dict.fromkeys(regions, True)
    assert [router.name for router in scenario.routers if router.protocol == "netflow_v5"] == ["phx-1"]


@pytest.mark.parametrize(
    ("quarter", "neocloud", "hyperscaler", "other_clouds"),
    [("2025Q3", 0.198, 0.035, 0.362), ("2025Q4", 0.184, 0.180, 0.496)],
)
def test_the_written_truth_has_the_published_shares(
    scenario: Scenario, quarter: str, neocloud: float, hyperscaler: float, other_clouds: float
) -> None:
    bits = {
        name: sum(scenario.type_bits(name, day) for day in scenario.days if quarter_of(day) == quarter)
        for name in scenario.told["types"]
    }
    if quarter == quarter_of(scenario.transfer_day):
        bits["neocloud"] += scenario.transfer_bits
    whole = sum(bits.values())
    assert bits["neocloud"] / whole == pytest.approx(neocloud, abs=1e-9)
    assert bits["hyperscaler"] / whole == pytest.approx(hyperscaler, abs=1e-9)
    clouds = bits["neocloud"] + bits["hyperscaler"] + bits["hosting"]
    assert clouds / whole == pytest.approx(other_clouds, abs=1e-9)


def test_the_types_of_the_scenario_are_those_of_the_reviewed_networks(scenario: Scenario) -> None:
    seed = (OPERATOR.parents[1] / "dbt_project" / "seeds" / "known_networks.csv").read_text(encoding="utf-8")
    for network in scenario.networks:
        if network.asn is None or network.network_type == "migration":
            continue
        row = next(line for line in seed.splitlines() if line.startswith(f"{network.asn},"))
        assert f",{network.network_type}," in row


def test_the_same_day_is_drawn_alike_each_time(scenario: Scenario) -> None:
    router = router_of(scenario, "yul-1")
    one, other = flows_of(scenario, router), flows_of(scenario, router)
    assert (one.sampled_bytes == other.sampled_bytes).all()
    assert (one.peer == other.peer).all()


def test_v9_datagrams_carry_clock_uptime_and_a_sequence_without_gaps(scenario: Scenario) -> None:
    booted = midnight_ms(DAY) - 1_000_000
    _, made = exported(scenario, "iad-1", DAY, booted)
    for number, payload in enumerate(payloads(made)):
        version, _, uptime, seconds, sequence, source = struct.unpack_from(">HHIIII", payload)
        assert (version, sequence, source) == (9, number, 3)
        assert 0 <= booted + uptime - seconds * 1000 < 1000


def test_v9_record_counts_add_up_to_the_flows_with_a_sampled_packet(scenario: Scenario) -> None:
    flows, made = exported(scenario, "iad-1", DAY, midnight_ms(DAY))
    sizes = {256: 8 + 41, 257: 32 + 41}
    records = 0
    for payload in payloads(made):
        at = 20
        while at < len(payload):
            set_id, length = struct.unpack_from(">HH", payload, at)
            assert length % 4 == 0
            records += (length - 4) // sizes[set_id] if set_id in sizes else 0
            at += length
        assert at == len(payload)
    assert records == int((flows.sampled_packets > 0).sum())


def test_v5_counts_flows_and_tells_its_interval_in_the_header(scenario: Scenario) -> None:
    booted = midnight_ms(DAY) - (WRAP - 3_600_000)
    flows, made = exported(scenario, "phx-1", DAY, booted)
    expected, exported_bytes = 0, 0
    for payload in payloads(made):
        version, count, uptime, seconds, nanoseconds = struct.unpack_from(">HHIII", payload)
        sequence, _, _, sampling = struct.unpack_from(">IBBH", payload, 16)
        assert (version, sequence, sampling) == (5, expected, 1 << 14 | 8192)
        assert len(payload) == 24 + 48 * count
        assert (seconds * 1000 + nanoseconds // 1_000_000 - booted) % WRAP == uptime
        for number in range(count):
            record = payload[24 + 48 * number : 72 + 48 * number]
            first, last = struct.unpack_from(">II", record, 24)
            assert 0 < (uptime - last) % WRAP <= 301_000
            assert 0 <= (last - first) % WRAP <= 240_000
            exported_bytes += struct.unpack_from(">I", record, 20)[0]
        expected += count
    assert exported_bytes == int(flows.sampled_bytes.sum())


def test_every_bin_of_a_day_has_a_datagram(scenario: Scenario) -> None:
    _, made = exported(scenario, "yyz-1", DAY, midnight_ms(DAY))
    bins = {struct.unpack_from(">I", payload, 8)[0] // 300 for payload in payloads(made)}
    assert len(bins) == 288


def test_sampling_is_unbiased(scenario: Scenario) -> None:
    router = router_of(scenario, "smf-1")
    flows = flows_of(scenario, router)
    interval = router.sampling_interval
    sent, scaled = int(flows.sent_bytes.sum()), int(flows.sampled_bytes.sum()) * interval
    standard_error = (interval * (interval - 1) * float(flows.sampled_squares.sum())) ** 0.5
    assert abs(scaled - sent) < 4 * standard_error
    assert (flows.sampled_packets == 0).any()


def test_the_large_transfer_is_200_gigabits_per_second_between_4_and_10_addresses(scenario: Scenario) -> None:
    flows = flows_of(scenario, router_of(scenario, "ord-1"), scenario.transfer_day)
    large = flows.where((flows.port >= 20_000) & (flows.end_ms - flows.start_ms == 240_000) & (flows.side == 2))
    large = large.where(large.sent_bytes * 8 / 240 > 4e9)
    assert len({bytes(one) for one in large.own}) == 4
    assert len({bytes(one) for one in large.peer}) == 10
    seconds = (large.end_ms.max() - large.start_ms.min()) / 1000
    assert large.sent_bytes.sum() * 8 / seconds == pytest.approx(200e9, rel=0.001)


def test_lost_datagrams_leave_a_gap_in_the_sequence_and_are_told(scenario: Scenario) -> None:
    _, made = exported(scenario, "nyc-1", date(2025, 12, 3), midnight_ms(DAY))
    sequences = [struct.unpack_from(">I", payload, 12)[0] for payload in payloads(made)]
    steps = np.diff(sequences)
    assert sorted(steps.tolist())[-2:] == [2, 2]
    assert len(made.lost) == 2


def test_a_restart_begins_uptime_and_sequence_anew(scenario: Scenario) -> None:
    restart = scenario.told["restart"]
    _, made = exported(scenario, "yyz-1", restart["at"].date(), midnight_ms(DAY))
    headers = [struct.unpack_from(">III", payload, 4) for payload in payloads(made)]
    after = [(uptime, sequence) for uptime, seconds, sequence in headers if seconds >= restart["at"].timestamp()]
    assert after[0][1] == 0
    assert after[0][0] < 300_000
