"""What the sites' collectors file: GoFlow2's rows, compressed a day later, and files of one name in two sources."""

from itertools import pairwise

from assets.operator import load_operator
from tests.demo import goflow2_rows
from tests.demo.conftest import GOFLOW2_ROUTER, OPERATOR, Reduced
from tests.demo.datagrams import read


def files_of(reduced: Reduced, name: str) -> list[str]:
    router = next(one for one in reduced.scenario.routers if one.name == name)
    return [file.relative_to(reduced.operator / "exports").as_posix() for file in reduced.files(router)]


def test_all_rows_but_the_newest_day_s_are_compressed(reduced: Reduced) -> None:
    assert files_of(reduced, GOFLOW2_ROUTER) == [
        "montreal/2025-10-20/goflow2.json.gz",
        "montreal/2025-10-21/goflow2.json.gz",
        "montreal/2025-10-22/goflow2.json",
    ]


def test_rows_say_what_goflow2_says_of_netflow_v9(reduced: Reduced) -> None:
    files = [reduced.operator / "exports" / name for name in files_of(reduced, GOFLOW2_ROUTER)]
    days = [goflow2_rows.rows(file) for file in files]
    assert all(days)
    rows = [row for day in days for row in day]
    assert {(row["type"], row["sampler_address"], row["sampling_rate"], row["proto"]) for row in rows} == {
        ("NETFLOW_V9", "198.51.100.10", 2048, "TCP")
    }
    assert {(row["etype"], ":" in row["src_addr"]) for row in rows} == {("IPv4", False), ("IPv6", True)}
    taken = [(row["time_received_ns"], row["sequence_num"]) for row in rows]
    assert all(before <= after for before, after in pairwise(taken))
    late = [row["time_received_ns"] - row["time_flow_end_ns"] for row in rows]
    assert min(late) > 0
    assert max(late) <= 301 * 1_000_000_000


def test_two_sources_hold_files_of_the_same_name_and_other_routers(reduced: Reduced) -> None:
    assert files_of(reduced, "phx-1")[0] == "phoenix/2025-10-20/border.pcap"
    assert files_of(reduced, "yyz-1")[0] == "toronto/2025-10-20/border.pcap"
    exports = reduced.operator / "exports"
    senders = {
        site: {one.exporter for one in read(exports / site / "2025-10-20" / "border.pcap")}
        for site in ("phoenix", "toronto")
    }
    assert senders == {"phoenix": {"198.51.100.2"}, "toronto": {"198.51.100.9"}}


def test_the_operator_s_sources_are_where_the_files_lie(reduced: Reduced) -> None:
    """Each file stands directly in a source's folder of its day."""
    folders = {
        (OPERATOR / source.address.replace("{date}", day)).relative_to(OPERATOR).as_posix()
        for source in load_operator(OPERATOR).flow_sources
        for day in ("2025-10-20", "2025-10-21", "2025-10-22")
    }
    assert len(folders) == 12
    assert folders == {
        f"exports/{name.rpartition('/')[0]}"
        for router in reduced.scenario.routers
        for name in files_of(reduced, router.name)
    }
