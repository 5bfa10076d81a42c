"""Fetching from a real local server that answers well and badly, and what is kept of it."""

import gzip
import hashlib
from dataclasses import replace
from datetime import date, timedelta
from email.message import Message
from pathlib import Path

import pytest

from assets.registry import sources as registries
from assets.registry.fetch import Fetcher, FetchError, Validators, _retry_after
from assets.registry.snapshots import Outcome, in_force, pull, read_snapshot, snapshots
from assets.registry.source import Source
from tests.registries.server import Answer, Server

TODAY = date(2026, 9, 1)
TOMORROW = TODAY + timedelta(days=1)


def test_a_fetch_says_who_asks_and_keeps_what_makes_the_next_one_conditional(
    server: Server, fetcher: Fetcher, tmp_path: Path
) -> None:
    told = {"ETag": '"a1"', "Last-Modified": "Tue, 01 Sep 2026 00:00:00 GMT"}
    address = server.on("/file", Answer(body=b"content", headers=told), Answer(status=304))
    fetched = fetcher.fetch(address, tmp_path / "file")
    assert fetched is not None
    assert fetched.path.read_bytes() == b"content"
    assert (fetched.size, fetched.sha256) == (7, hashlib.sha256(b"content").hexdigest())
    assert fetcher.fetch(address, tmp_path / "again", fetched.validators) is None
    assert not (tmp_path / "again").exists()
    first, second = (headers for _, headers in server.requests)
    assert first["User-Agent"] == "network-stats (operator: Example Networks; contact: noc@example.net)"
    assert "If-None-Match" not in first
    assert (second["If-None-Match"], second["If-Modified-Since"]) == (told["ETag"], told["Last-Modified"])


def test_what_may_pass_is_tried_again_and_retry_after_is_respected(
    server: Server, fetcher: Fetcher, tmp_path: Path, waits: list[float]
) -> None:
    address = server.on(
        "/busy", Answer(status=429, headers={"Retry-After": "7"}), Answer(status=500), Answer(body=b"ok")
    )
    assert fetcher.fetch(address, tmp_path / "file") is not None
    assert waits[0] == 7
    assert 2 <= waits[1] <= 4


def test_retry_after_may_be_a_date_by_the_servers_clock() -> None:
    headers = Message()
    headers["Date"], headers["Retry-After"] = "Tue, 01 Sep 2026 00:00:00 GMT", "Tue, 01 Sep 2026 00:00:09 GMT"
    assert _retry_after(headers) == 9


@pytest.mark.parametrize(
    ("answer", "told", "tries"),
    [
        (Answer(status=500), "status 500 Internal Server Error, 3 times; pull again later", 3),
        (Answer(status=429, headers={"Retry-After": "3600"}), "asks to wait 3600 s; pull again later", 1),
        (Answer(status=404), "status 404 Not Found; correct the address in operator.yaml", 1),
        (Answer(body=b"x" * 1000, cut_after=400), "the connection was cut after 400 of 1000 bytes, 3 times", 3),
    ],
)
def test_what_does_not_pass_is_told_and_leaves_nothing_behind(
    server: Server, fetcher: Fetcher, tmp_path: Path, answer: Answer, told: str, tries: int
) -> None:
    address = server.on("/file", answer)
    with pytest.raises(FetchError) as error:
        fetcher.fetch(address, tmp_path / "file")
    assert str(error.value).startswith(f"{address}: ")
    assert told in str(error.value)
    assert len(server.requests) == tries
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_told(server: Server, fetcher: Fetcher, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="the connection failed"):
        fetcher.fetch("http://127.0.0.1:1/file", tmp_path / "file")


@pytest.mark.parametrize("shape", ["{0}  delegated\n", "MD5 (delegated) = {0}\n"])
def test_a_published_checksum_is_held_against_the_file(
    server: Server, fetcher: Fetcher, tmp_path: Path, shape: str
) -> None:
    address = server.on("/delegated", Answer(body=b"content"))
    right = shape.format(hashlib.md5(b"content").hexdigest()).encode()
    server.on("/delegated.md5", Answer(body=right), Answer(body=shape.format("0" * 32).encode()))
    assert fetcher.fetch(address, tmp_path / "file", checksum_suffix=".md5") is not None
    with pytest.raises(FetchError, match="tells 00000000000000000000000000000000, the file has"):
        fetcher.fetch(address, tmp_path / "file", checksum_suffix=".md5")
    assert not (tmp_path / "file").exists()


def table(count: int) -> bytes:
    """An iptoasn file of `count` ranges."""
    rows = (f"1.{n // 256}.{n % 256}.0\t1.{n // 256}.{n % 256}.255\t13335\tUS\tEXAMPLE\n" for n in range(count))
    return gzip.compress("".join(rows).encode(), mtime=0)


@pytest.fixture
def source(server: Server) -> Source:
    known = registries.sources()["iptoasn"]
    return replace(known, addresses=(server.address + "/v4.tsv.gz",))


def test_only_changed_snapshots_are_stored_and_each_holds_from_its_day_on(
    server: Server, fetcher: Fetcher, tmp_path: Path, source: Source
) -> None:
    server.on(
        "/v4.tsv.gz",
        Answer(body=table(100), headers={"ETag": '"1"'}),
        Answer(status=304),
        Answer(body=table(100)),
        Answer(body=table(110)),
    )
    days = [TODAY + timedelta(days=n) for n in range(4)]
    outcomes = [pull(source, tmp_path, day, fetcher).outcome for day in days]
    assert outcomes == [Outcome.STORED, Outcome.UNCHANGED, Outcome.UNCHANGED, Outcome.STORED]
    assert [snapshot.as_of for snapshot in snapshots(tmp_path, "iptoasn")] == [days[0], days[3]]
    held = {day: in_force(tmp_path, "iptoasn", day) for day in [TODAY - timedelta(days=9), *days]}
    assert [snapshot.as_of for snapshot in held.values() if snapshot] == [days[0]] * 4 + [days[3]]
    tables = read_snapshot(source, held[days[3]])
    assert tables["prefix_origins"].num_rows == 110
    assert set(tables["prefix_origins"]["as_of"].to_pylist()) == {days[3]}


def test_a_clock_that_was_once_ahead_keeps_no_pull_back(
    server: Server, fetcher: Fetcher, tmp_path: Path, source: Source
) -> None:
    server.on("/v4.tsv.gz", Answer(body=table(100)), Answer(body=table(110)))
    assert pull(source, tmp_path, TODAY + timedelta(days=400), fetcher).outcome == Outcome.STORED
    assert pull(source, tmp_path, TODAY, fetcher).outcome == Outcome.STORED
    assert [snapshot.as_of for snapshot in snapshots(tmp_path, "iptoasn")] == [TODAY, TODAY + timedelta(days=400)]


def test_a_source_is_asked_no_oftener_than_it_wants(
    server: Server, fetcher: Fetcher, tmp_path: Path, source: Source
) -> None:
    server.on("/v4.tsv.gz", Answer(body=table(100)))
    assert pull(source, tmp_path, TODAY, fetcher).outcome == Outcome.STORED
    assert pull(source, tmp_path, TODAY, fetcher).outcome == Outcome.TOO_SOON
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("answer", "outcome", "told"),
    [
        (Answer(status=500), Outcome.FAILED, "status 500"),
        (Answer(body=table(100), cut_after=200), Outcome.FAILED, "was cut after 200 of"),
        (
            Answer(body=b"<html>maintenance</html>" * 99),
            Outcome.REFUSED,
            "registry iptoasn: v4.tsv.gz line 1: '<html>m",
        ),
        (Answer(body=table(100)[:-9]), Outcome.REFUSED, "can't be read"),
        (Answer(body=table(50)), Outcome.REFUSED, "the snapshot of 2026-09-01 had"),
    ],
)
def test_whatever_goes_wrong_the_last_good_snapshot_stays_in_force(
    server: Server, fetcher: Fetcher, tmp_path: Path, source: Source, answer: Answer, outcome: Outcome, told: str
) -> None:
    server.on("/v4.tsv.gz", Answer(body=table(100)), answer)
    good = pull(source, tmp_path, TODAY, fetcher)
    result = pull(source, tmp_path, TOMORROW, fetcher)
    assert result.outcome == outcome
    assert told in (result.reason or "")
    assert result.in_force == good.in_force == in_force(tmp_path, "iptoasn", TOMORROW)
    assert [path.name for path in sorted((tmp_path / "iptoasn").iterdir())] == ["2026-09-01", "checked_on"]


def test_rows_that_vanish_are_refused_even_if_the_file_did_not_shrink(
    server: Server, fetcher: Fetcher, tmp_path: Path, source: Source
) -> None:
    halved = gzip.decompress(table(50)) + b"".join(b"2.0.0.0\t2.0.0.255\t0\tNone\tNot routed\n" for _ in range(5000))
    server.on("/v4.tsv.gz", Answer(body=gzip.decompress(table(100))), Answer(body=halved))
    pull(source, tmp_path, TODAY, fetcher)
    refused = pull(source, tmp_path, TOMORROW, fetcher)
    assert refused.reason == (
        "registry iptoasn: 50 prefix_origins rows, the snapshot of 2026-09-01 had 100; it stays in force. "
        "If the source really shrank: `netstats registries --accept-shrunken iptoasn`"
    )
    accepted = pull(source, tmp_path, TOMORROW, fetcher, accept_shrunken=True)
    assert accepted.outcome == Outcome.STORED


def test_a_local_file_is_a_source_too(tmp_path: Path, fetcher: Fetcher) -> None:
    source = registries.sources()["prefix2as"]
    given = tmp_path / "given.pfx2as"
    given.write_text("1.0.0.0\t24\t13335\n")
    root = tmp_path / "registry"
    assert pull(source, root, TODAY, fetcher, [str(given)]).outcome == Outcome.STORED
    assert pull(source, root, TODAY, fetcher, [f"file://{given}"]).outcome == Outcome.UNCHANGED
    given.write_text("1.0.0.0\t24\t13335\n2.0.0.0\t24\t174\n")
    assert pull(source, root, TODAY, fetcher, [str(given)]).outcome == Outcome.STORED
    missing = pull(source, root, TOMORROW, fetcher, [str(tmp_path / "nowhere")])
    assert missing.outcome == Outcome.FAILED
    assert "can't be read" in (missing.reason or "")


def test_a_source_without_an_address_says_so(tmp_path: Path, fetcher: Fetcher) -> None:
    result = pull(registries.sources()["as_relationships"], tmp_path, TODAY, fetcher)
    assert (result.outcome, result.in_force) == (Outcome.FAILED, None)
    assert result.reason == (
        "registry as_relationships has no fixed address; give one, or a file, in operator.yaml's registries"
    )


def test_without_a_snapshot_the_bundled_one_is_read() -> None:
    source = registries.sources()["ip_to_asn"]
    assert read_snapshot(source, None)["networks"].num_rows == source.read_bundled()["networks"].num_rows


def test_validators_make_headers() -> None:
    assert Validators().headers() == {}
    assert Validators("e", "d").headers() == {"If-None-Match": "e", "If-Modified-Since": "d"}


TOLD = {
    "as_relationships": ("rel.txt", b"# source:topology|BGP|20240101|ripe|rrc00\n1|2|-1\n", date(2024, 1, 1)),
    "as2org": ("org.txt", b"# date: 202403\n# format:aut|c|n|o|i|s\n1|2|LVLT-1|LPL|x|ARIN\n", date(2024, 3, 1)),
    "aws": ("a.json", b'{"createDate": "2025-07-24-20-23-14", "prefixes": [{"ip_prefix": "3.0.0.0/8", "region": "x", '
            b'"service": "EC2", "network_border_group": "x"}], "ipv6_prefixes": []}', date(2025, 7, 24)),
    "rir_delegated": ("d", b"2|arin|20251102|1|x|x|-5\narin|US|ipv4|1.0.0.0|256|20100101|assigned|x\n",
                      date(2025, 11, 2)),
    "prefix2as": ("routeviews-rv2-20240101-1200.pfx2as", b"1.0.0.0\t24\t13335\n", date(2024, 1, 1)),
    "iptoasn": ("v4.tsv", b"1.0.0.0\t1.0.0.255\t13335\tUS\tX\n", TODAY),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_a_local_file_is_of_the_day_that_it_tells_else_of_its_pull(fetcher: Fetcher, tmp_path: Path, name: str) -> None:
    file, content, expected = TOLD[name]
    (tmp_path / file).write_bytes(content)
    pulled = pull(registries.sources()[name], tmp_path / "kept", TODAY, fetcher, [str(tmp_path / file)])
    assert pulled.in_force is not None, pulled.reason
    assert pulled.in_force.as_of == expected


def test_what_the_operator_says_of_a_files_day_counts_before_what_the_file_says(
    fetcher: Fetcher, tmp_path: Path
) -> None:
    source, file = registries.sources()["prefix2as"], tmp_path / "20240101.pfx2as"
    file.write_bytes(b"1.0.0.0\t24\t13335\n")
    first = pull(source, tmp_path / "kept", TODAY, fetcher, [str(file)])
    corrected = pull(source, tmp_path / "kept", TODAY, fetcher, [str(file)], on=date(2024, 2, 2))
    assert [one.in_force.as_of for one in (first, corrected) if one.in_force] == [date(2024, 1, 1), date(2024, 2, 2)]


def test_a_date_that_is_still_to_come_is_not_believed(fetcher: Fetcher, tmp_path: Path) -> None:
    source, file = registries.sources()["prefix2as"], tmp_path / "20991231.pfx2as"
    file.write_bytes(b"1.0.0.0\t24\t13335\n")
    pulled = pull(source, tmp_path / "kept", TODAY, fetcher, [str(file)])
    assert pulled.in_force is not None and pulled.in_force.as_of == TODAY


def test_a_local_file_that_is_mended_on_the_same_day_is_taken_the_same_day(fetcher: Fetcher, tmp_path: Path) -> None:
    source, file = registries.sources()["iptoasn"], tmp_path / "v4.tsv"
    counts = []
    for rows in (100, 101, 102, 102):
        file.write_bytes(table(rows))
        pulled = pull(source, tmp_path / "kept", TODAY, fetcher, [str(file)])
        assert pulled.in_force is not None
        counts.append((pulled.outcome, pulled.in_force.as_of, pulled.in_force.rows["prefix_origins"]))
    stored, unchanged = Outcome.STORED, Outcome.UNCHANGED
    assert counts == [(stored, TODAY, 100), (stored, TODAY, 101), (stored, TODAY, 102), (unchanged, TODAY, 102)]
    held = in_force(tmp_path / "kept", "iptoasn", TODAY)
    assert held is not None and held.rows["prefix_origins"] == 102
