"""What is on the wire: sequence numbers, uptimes, times, templates and sampling, read by the tests' own reader."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from assets.operator import load_operator
from tests.demo.conftest import DAYS, GOFLOW2_ROUTER, OPERATOR, RESAMPLED_AT, RESTARTED_AT, WRAPPED_AT, Reduced
from tests.demo.datagrams import Datagram, read
from tests.demo.records import Record

BIN_MS = 300_000
FIRST_MS = round(datetime(2025, 10, 20, tzinfo=UTC).timestamp() * 1000)
LAST_MS = FIRST_MS + len(DAYS) * 86_400_000
ACTIVE_TIMEOUT_MS = 300_000

ByRouter = dict[str, list[Datagram]]


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def gaps(datagrams: list[Datagram]) -> list[tuple[int, int]]:
    """The clock of each datagram whose sequence number is not the one expected, and by how much it is off."""
    return [
        (after.clock_ms, after.sequence - before.sequence - before.count)
        for before, after in pairwise(datagrams)
        if after.sequence != before.sequence + before.count
    ]


def test_routers_speak_their_protocols(datagrams: ByRouter) -> None:
    protocols = {name: {one.protocol for one in each} for name, each in datagrams.items()}
    assert protocols.pop("phx-1") == {"netflow_v5"}
    assert protocols.pop("iad-1") == {"ipfix"}
    assert protocols.pop("atl-1") == {"sflow_v5"}
    assert protocols == {name: {"netflow_v9"} for name in ("smf-1", "ord-1", "dfw-1", "den-1", "nyc-1", "yyz-1")}
    addresses = {one.name: str(one.exporter) for one in load_operator(OPERATOR).exporters}
    assert addresses.pop(GOFLOW2_ROUTER) == "198.51.100.10"
    assert {name: {one.exporter for one in each} for name, each in datagrams.items()} == {
        name: {address} for name, address in addresses.items()
    }


def test_each_file_tells_its_templates_first(reduced: Reduced) -> None:
    """The reader has no templates but those of the file; it fails on a data set before them."""
    for file in sorted((reduced.operator / "exports").rglob("*.pcap")):
        first = read(file)[0]
        assert first.has_templates or first.protocol in {"netflow_v5", "sflow_v5"}, file


def test_sampling_is_told_by_options_and_in_headers_and_samples(reduced: Reduced, datagrams: ByRouter) -> None:
    intervals = {router.name: {router.sampling_interval} for router in reduced.scenario.routers}
    intervals["nyc-1"] = {4096, 8192}
    for name, each in datagrams.items():
        assert {one.interval for one in each if one.interval} == intervals[name]
    assert all(one.interval for one in datagrams["phx-1"])
    assert all(one.sampling_interval is None for one in load_operator(OPERATOR).exporters)


def test_sampling_changes_between_two_exports_and_no_flow_is_sampled_both_ways(
    datagrams: ByRouter, records: dict[str, list[Record]]
) -> None:
    changed_ms = milliseconds(RESAMPLED_AT)
    told = [(one.clock_ms, one.interval) for one in datagrams["nyc-1"] if one.interval]
    assert (changed_ms + 1000, 4096) in told
    assert (changed_ms + 1000 + BIN_MS, 8192) in told
    assert all((interval == 8192) == (clock_ms > changed_ms + 1000) for clock_ms, interval in told)
    for record in records["nyc-1"]:
        assert record.interval == (4096 if record.ended_ms < changed_ms else 8192)
        assert not record.began_ms < changed_ms <= record.ended_ms


def test_sequences_go_on_over_days_but_for_lost_datagrams_and_a_restart(datagrams: ByRouter) -> None:
    found = {name: gaps(each) for name, each in datagrams.items()}
    assert [size for _, size in found.pop("smf-1")] == [1, 1]
    assert len(found["phx-1"]) == 1
    assert found.pop("phx-1")[0][1] > 0
    [(restarted, _)] = found.pop("yyz-1")
    assert 0 <= restarted - milliseconds(RESTARTED_AT) < BIN_MS
    assert set(map(tuple, found.values())) == {()}


def test_uptimes_count_from_boot_and_wrap_at_32_bits(reduced: Reduced, datagrams: ByRouter) -> None:
    for router in reduced.scenario.routers:
        for one in datagrams.get(router.name, []):
            if one.uptime is None:
                continue
            booted = milliseconds(router.booted_at)
            if router.name == "yyz-1" and one.clock_ms >= milliseconds(RESTARTED_AT):
                booted = milliseconds(RESTARTED_AT)
            assert one.uptime == (one.clock_ms - booted) % 2**32
    uptimes = [(one.clock_ms, one.uptime or 0) for one in datagrams["smf-1"]]
    falls = [clock_ms for (_, before), (clock_ms, after) in pairwise(uptimes) if after < before]
    assert [0 <= fall - milliseconds(WRAPPED_AT) < BIN_MS for fall in falls] == [True]


def test_flows_ended_before_their_export_and_within_the_active_timeout(datagrams: ByRouter) -> None:
    for name, each in datagrams.items():
        for datagram in each:
            for record in datagram.records:
                assert FIRST_MS <= record.began_ms <= record.ended_ms < LAST_MS
                assert (record.began_ms == record.ended_ms) == (name == "atl-1")
                assert record.ended_ms <= datagram.clock_ms <= record.ended_ms + BIN_MS + 1000
                assert record.ended_ms - record.began_ms <= ACTIVE_TIMEOUT_MS


def test_a_router_that_is_up_is_heard_in_every_bin(reduced: Reduced, datagrams: ByRouter) -> None:
    outage = reduced.scenario.written["outage"]
    midnight = datetime(outage["day"].year, outage["day"].month, outage["day"].day, tzinfo=UTC)
    down_ms, up_ms = (milliseconds(midnight + timedelta(hours=outage[hour])) for hour in ("from_hour", "to_hour"))
    all_bins = set(range(FIRST_MS // BIN_MS, LAST_MS // BIN_MS + 1))
    for name, each in datagrams.items():
        silent = all_bins - {one.clock_ms // BIN_MS for one in each}
        if name == outage["router"]:
            assert silent == set(range(down_ms // BIN_MS + 1, up_ms // BIN_MS))
            continue
        # A datagram that is lost may be the only one of its bin.
        assert len(silent) <= {"smf-1": 2, "phx-1": 1}.get(name, 0), name


def test_the_neighbour_carries_the_traffic_of_the_router_that_is_down(
    reduced: Reduced, records: dict[str, list[Record]]
) -> None:
    outage = reduced.scenario.written["outage"]
    day_ms = FIRST_MS + 86_400_000
    first_ms, last_ms = (day_ms + outage[hour] * 3_600_000 for hour in ("from_hour", "to_hour"))

    def during(router: str, offset: int) -> int:
        ended = [record.ended_ms for record in records[router]]
        return sum(first_ms + offset <= moment < last_ms + offset for moment in ended)

    assert during(outage["router"], 0) == 0
    assert during(outage["router"], -86_400_000) > 0
    assert during(outage["neighbour"], 0) > 1.5 * during(outage["neighbour"], -86_400_000)


def test_the_day_after_holds_only_what_ended_before_midnight(reduced: Reduced) -> None:
    files = sorted((reduced.operator / "exports").rglob("2025-10-22/*.pcap"))
    assert len(files) == len(reduced.scenario.routers) - 1
    records = [record for file in files for one in read(file) for record in one.records]
    assert len(records) > 0
    assert all(record.ended_ms < LAST_MS for record in records)
