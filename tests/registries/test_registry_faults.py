"""What must not end a night's run: files that are broken in ways that no parser foresees, and odd addresses."""

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from assets.registry import sources as registries
from assets.registry.fetch import Fetcher
from assets.registry.snapshots import Outcome, pull, snapshots

TODAY = date(2026, 9, 1)
TOMORROW = TODAY + timedelta(days=1)
ROWS = "".join(f"1.{n // 256}.{n % 256}.0\t1.{n // 256}.{n % 256}.255\t13335\tUS\tEXAMPLE\n" for n in range(5000))


def damaged(content: bytes) -> bytes:
    """A gzip file of the right length whose middle is lost, which ends neither early nor with a wrong checksum."""
    whole = bytearray(gzip.compress(content, mtime=0))
    middle = len(whole) // 2
    whole[middle : middle + 64] = b"\xff" * 64
    return bytes(whole)


def nested(_: bytes) -> bytes:
    return b"[" * 100_000


def huge_number(_: bytes) -> bytes:
    return json.dumps({"CIDR": "1.0.0.0/8", "ASN": 10**30, "Hits": 1}).encode()


def test_the_damage_of_the_middle_is_of_its_own_kind() -> None:
    with pytest.raises(zlib.error, match="invalid block type"):
        gzip.decompress(damaged(ROWS.encode()))


@pytest.mark.parametrize(
    ("name", "good", "breaks"),
    [
        ("iptoasn", ROWS.encode(), damaged),
        ("cloudflare", b"1.0.0.0/24\n", nested),
        ("gcp", b'{"prefixes": [{"ipv4Prefix": "1.0.0.0/24", "scope": "us-west1"}]}', nested),
        ("bgp_tools", b'{"CIDR":"1.0.0.0/8","ASN":13335,"Hits":1}\n', huge_number),
    ],
)
def test_a_file_broken_in_any_way_is_refused_and_named(
    tmp_path: Path, fetcher: Fetcher, name: str, good: bytes, breaks: Callable[[bytes], bytes]
) -> None:
    given, root = tmp_path / "given.txt", tmp_path / "registry"
    source = registries.sources()[name]
    given.write_bytes(good)
    stored = pull(source, root, TODAY, fetcher, [str(given)])
    given.write_bytes(breaks(good))
    refused = pull(source, root, TOMORROW, fetcher, [str(given)], accept_shrunken=True)
    assert (stored.outcome, refused.outcome) == (Outcome.STORED, Outcome.REFUSED)
    assert refused.in_force == stored.in_force
    assert (refused.reason or "").startswith(f"registry {name}: given.txt")


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path, fetcher: Fetcher) -> None:
    given = tmp_path / "given.parquet"
    given.write_bytes(b"<html>maintenance</html>")
    refused = pull(registries.sources()["ip_to_asn"], tmp_path / "registry", TODAY, fetcher, [str(given)])
    assert (refused.outcome, refused.in_force) == (Outcome.REFUSED, None)
    assert "given.parquet" in (refused.reason or "")


@pytest.mark.parametrize(
    "address", ["http://[bad/table", "http://a b/table", "http://\u2022.\u2022\u2022/x", "http://:x/"]
)
def test_an_address_that_is_none_is_told(tmp_path: Path, fetcher: Fetcher, address: str) -> None:
    source = replace(registries.sources()["iptoasn"], addresses=(address,))
    failed = pull(source, tmp_path, TODAY, fetcher)
    assert failed.outcome == Outcome.FAILED
    assert (failed.reason or "").startswith(f"{address}: ")


def test_a_snapshot_that_was_being_stored_when_the_run_was_killed_does_not_count(tmp_path: Path) -> None:
    unfinished = tmp_path / "iptoasn" / f".{TODAY}.part"
    unfinished.mkdir(parents=True)
    told = {"source": "iptoasn", "as_of": TODAY.isoformat(), "files": [], "rows": {}}
    (unfinished / "snapshot.json").write_text(json.dumps(told), encoding="utf-8")
    assert snapshots(tmp_path, "iptoasn") == []
