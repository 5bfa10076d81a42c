"""Both truths agree with what is on the wire, with the scenario, and with each other."""

from collections import defaultdict
from ipaddress import IPv4Address, IPv6Address, ip_network
from math import sqrt

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from assets.operator import load_operator
from demo import truth
from demo.addresses import SNAPSHOT
from tests.demo.conftest import OPERATOR, Reduced
from tests.demo.records import BYTES, IN_IF, OUT_IF, PACKETS, Record

ByRouter = dict[str, list[Record]]
EXPORTERS = {one.name: one.exporter for one in load_operator(OPERATOR).exporters}
EXTERNAL = {(one.exporter, one.if_index) for one in load_operator(OPERATOR).interfaces if one.role == "external"}
OWN = [ip_network(str(one.prefix)) for one in load_operator(OPERATOR).own_prefixes]


def is_own(address: IPv4Address | IPv6Address) -> bool:
    return any(address in prefix for prefix in OWN if prefix.version == address.version)


def side(router: str, record: Record) -> str:
    """By interface roles: ingress, egress, transit or internal."""
    came, went = ((EXPORTERS[router], record.values[way]) in EXTERNAL for way in (IN_IF, OUT_IF))
    return {(True, False): "ingress", (False, True): "egress", (True, True): "transit"}.get((came, went), "internal")


def by_type(table: pa.Table, amount: str) -> dict[str, float]:
    summed = table.group_by("network_type").aggregate([(amount, "sum")])
    return dict(zip(summed["network_type"].to_pylist(), summed[f"{amount}_sum"].to_pylist(), strict=True))


def test_observed_is_what_arrived_times_the_interval_told_last(reduced: Reduced, records: ByRouter) -> None:
    wire: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0, 0, 0])
    for name, each in records.items():
        for record in each:
            amounts = wire[name, side(name, record)]
            amounts[0] += record.values[BYTES] * 8 * record.interval
            amounts[1] += record.values[PACKETS]
            amounts[2] += 1
    summed = (
        truth.observed(reduced.operator)
        .group_by(["router", "direction"])
        .aggregate([(amount, "sum") for amount in ("bits", "packets", "records")])
    )
    told = {
        (row["router"], row["direction"]): [row["bits_sum"], row["packets_sum"], row["records_sum"]]
        for row in summed.to_pylist()
    }
    assert told == {key: amounts for key, amounts in wire.items() if key[1] in {"ingress", "egress"}}
    assert reduced.written.records == sum(count for _, _, count in told.values())


def test_sampling_is_unbiased_within_four_standard_errors(reduced: Reduced) -> None:
    cells = truth.cells(reduced.operator)
    sent, variance = by_type(cells, "sent_bits"), by_type(cells, "variance")
    observed, lost = by_type(cells, "observed_bits"), by_type(cells, "lost_bits")
    assert len(sent) == 8
    assert sum(lost.values()) > 0
    for network_type, bits in sent.items():
        off = observed[network_type] + lost[network_type] - bits
        assert abs(off) <= 4 * sqrt(variance[network_type]), network_type


def test_some_flows_leave_no_record(reduced: Reduced) -> None:
    """Small flows are sent too, but packets of most of them are never sampled."""
    scenario = reduced.scenario
    flows = scenario.written["flows_per_router_and_day"] * len(scenario.routers) * len(scenario.days)
    assert reduced.written.records < 0.95 * flows


def test_what_was_sent_follows_the_scenario(reduced: Reduced) -> None:
    scenario, sent = reduced.scenario, truth.sent(reduced.operator)
    designed = {
        one: sum(scenario.type_bits(one, day) + scenario.transferred_bits(one, day) for day in scenario.days)
        for one in scenario.written["types"]
    }
    shares, whole = by_type(sent, "bits"), pc.sum(sent["bits"]).as_py()
    for network_type, bits in designed.items():
        assert shares[network_type] / whole == pytest.approx(bits / sum(designed.values()), abs=0.001)
    ipv6 = pc.sum(sent.filter(pc.equal(sent["ip_version"], pa.scalar(6, pa.uint8())))["bits"]).as_py()
    assert ipv6 / whole == pytest.approx(0.15, abs=0.03)


def test_peers_lie_in_what_their_networks_announce(reduced: Reduced) -> None:
    announced = pq.ParquetFile(SNAPSHOT).read()
    first, last = (
        np.frombuffer(b"".join(announced[name].to_pylist()), "S16") for name in ("first_address", "last_address")
    )
    origins = announced["asn"].to_numpy()
    cells = truth.cells(reduced.operator)
    asns = defaultdict(set)
    for network_type, asn in zip(cells["network_type"].to_pylist(), cells["asn"].to_pylist(), strict=True):
        asns[network_type].add(asn)
    addresses = truth.addresses(reduced.operator)
    for network_type in asns:
        of_type = addresses.filter(pc.equal(addresses["network_type"], network_type))
        packed = [one for one in of_type["subscriber"].to_pylist() if one.startswith(bytes(10) + b"\xff\xff")]
        found = np.frombuffer(b"".join(packed), "S16")
        place = np.searchsorted(first, found, side="right") - 1
        is_announced = found <= last[place]
        if network_type == "unclassified":
            assert not is_announced.any()
        else:
            assert is_announced.all()
            assert set(origins[place].tolist()) <= asns[network_type]


def test_transit_and_internal_flows_have_such_addresses(records: ByRouter) -> None:
    found: dict[str, set[tuple[bool, bool]]] = defaultdict(set)
    for name, each in records.items():
        for record in each:
            found[side(name, record)].add((is_own(record.source), is_own(record.destination)))
    assert found == {
        "ingress": {(False, True)},
        "egress": {(True, False)},
        "transit": {(False, False)},
        "internal": {(True, True)},
    }


def test_the_transfer_sends_50_gbps_a_source_and_20_a_destination(reduced: Reduced, records: ByRouter) -> None:
    transfer = reduced.scenario.written["transfer"]
    first_ms = transfer["began_at"].timestamp() * 1000
    seconds = transfer["minutes"] * 60
    sent: dict[object, float] = defaultdict(float)
    received: dict[object, float] = defaultdict(float)
    for record in records[transfer["router"]]:
        length = record.ended_ms - record.began_ms
        is_of_transfer = length == 240_000 and (record.began_ms - first_ms) % 240_000 == 0
        if is_of_transfer and first_ms <= record.began_ms < first_ms + seconds * 1000:
            rate = record.values[BYTES] * 8 * record.interval / seconds / 1e9
            sent[record.source] += rate
            received[record.destination] += rate
    assert sorted(sent.values()) == pytest.approx([50] * transfer["sources"], rel=0.01)
    assert sorted(received.values()) == pytest.approx([20] * transfer["destinations"], rel=0.02)


def test_truths_name_each_network_and_direction_once(reduced: Reduced) -> None:
    for table in (truth.sent(reduced.operator), truth.observed(reduced.operator)):
        keys = ["month", "router", "network_type", "direction", "asn", "ip_version"]
        assert table.group_by(keys).aggregate([]).num_rows == table.num_rows
