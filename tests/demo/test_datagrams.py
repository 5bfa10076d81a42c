"""What is on the wire: sequence numbers, uptimes, times, templates and sampling, read by the tests' own reader."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from assets.operator_folder import load_operator
from tests.demo.conftest import DAYS, OPERATOR, RESTARTED_AT, WRAPPED_AT, Reduced
from tests.demo.datagrams import Datagram, read

BIN_MS = 300_000
FIRST_MS = round(datetime(2025, 10, 20, tzinfo=UTC).timestamp() * 1000)
LAST_MS = FIRST_MS + len(DAYS) * 86_400_000
ACTIVE_TIMEOUT_MS = 300_000

ByRouter = dict[str, list[Datagram]]


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def advance(datagram: Datagram) -> int:
    """By how much a datagram advances the sequence: v5 counts flows, v9 datagrams."""
    return datagram.count if datagram.version == 5 else 1


def gaps(datagrams: list[Datagram]) -> list[tuple[int, int]]:
    """The clock of each datagram whose sequence number is not the one expected, and by how much it is off."""
    return [
        (after.clock_ms, after.sequence - before.sequence - advance(before))
        for before, after in pairwise(datagrams)
        if after.sequence != before.sequence + advance(before)
    ]


def test_one_router_exports_version_5_and_all_others_version_9(reduced: Reduced, datagrams: ByRouter) -> None:
    versions = {name: {one.version for one in each} for name, each in datagrams.items()}
    assert versions.pop("phx-1") == {5}
    assert set(map(frozenset, versions.values())) == {frozenset({9})}
    addresses = {one.name: str(one.exporter) for one in load_operator(OPERATOR).exporters}
    assert {name: {one.exporter for one in each} for name, each in datagrams.items()} == {
        name: {address} for name, address in addresses.items()
    }


def test_each_file_tells_its_templates_first(reduced: Reduced) -> None:
    """The reader has no templates but those of the file; it fails on a data set before them."""
    for file in sorted((reduced.operator / "exports").glob("*/*.pcap")):
        first = read(file)[0]
        assert first.has_templates or first.version == 5, file


def test_sampling_is_told_by_options_and_by_the_v5_header(reduced: Reduced, datagrams: ByRouter) -> None:
    for router in reduced.scenario.routers:
        told = {one.interval for one in datagrams[router.name] if one.interval}
        assert told == {router.sampling_interval}
    assert all(one.interval for one in datagrams["phx-1"])
    assert all(one.sampling_interval is None for one in load_operator(OPERATOR).exporters)


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
        for one in datagrams[router.name]:
            booted = milliseconds(router.booted_at)
            if router.name == "yyz-1" and one.clock_ms >= milliseconds(RESTARTED_AT):
                booted = milliseconds(RESTARTED_AT)
            assert one.uptime == (one.clock_ms - booted) % 2**32
    falls = [after.clock_ms for before, after in pairwise(datagrams["smf-1"]) if after.uptime < before.uptime]
    assert [0 <= fall - milliseconds(WRAPPED_AT) < BIN_MS for fall in falls] == [True]


def test_flows_ended_before_their_export_and_within_the_active_timeout(datagrams: ByRouter) -> None:
    for each in datagrams.values():
        for datagram in each:
            for record in datagram.records:
                assert FIRST_MS <= record.began_ms < record.ended_ms < LAST_MS
                assert record.ended_ms <= datagram.clock_ms <= record.ended_ms + BIN_MS + 1000
                assert record.ended_ms - record.began_ms <= ACTIVE_TIMEOUT_MS


def test_a_router_that_is_up_is_heard_in_every_bin(reduced: Reduced, datagrams: ByRouter) -> None:
    outage = reduced.scenario.told["outage"]
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


def test_the_neighbour_carries_the_traffic_of_the_router_that_is_down(reduced: Reduced, datagrams: ByRouter) -> None:
    outage = reduced.scenario.told["outage"]
    day_ms = FIRST_MS + 86_400_000
    first_ms, last_ms = (day_ms + outage[hour] * 3_600_000 for hour in ("from_hour", "to_hour"))

    def during(router: str, offset: int) -> int:
        ended = [record.ended_ms for one in datagrams[router] for record in one.records]
        return sum(first_ms + offset <= moment < last_ms + offset for moment in ended)

    assert during(outage["router"], 0) == 0
    assert during(outage["router"], -86_400_000) > 0
    assert during(outage["neighbour"], 0) > 1.5 * during(outage["neighbour"], -86_400_000)


def test_the_day_after_holds_only_what_ended_before_midnight(reduced: Reduced) -> None:
    files = sorted((reduced.operator / "exports" / "2025-10-22").glob("*.pcap"))
    assert len(files) == len(reduced.scenario.routers)
    records = [record for file in files for one in read(file) for record in one.records]
    assert len(records) > 0
    assert all(record.ended_ms < LAST_MS for record in records)
