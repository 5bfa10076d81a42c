"""A machine that refuses, cuts, lies or leads elsewhere costs no more than its own files, and says so with a remedy."""

import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from assets.exports.sources import Landing, with_landings
from assets.operator import FlowSource, addresses
from tests.exports.world import MONDAY, World, flow
from tests.remote.servers import Bucket, Folder, free_port

pytestmark = pytest.mark.filterwarnings("ignore:.*`backfill_policy`")
DAY = f"flows/{MONDAY}"


def use(server: Bucket | Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)


def refused(world: World) -> dict[str, tuple[str, str]]:
    return {row["source_file"].partition("/")[2]: (row["state"], row["reason"]) for row in unusable(world)}


def unusable(world: World) -> list[dict[str, str]]:
    return [row for row in world.rows() if row["state"] != "pulled"]


def lands(address: str, state: Path, day: date = MONDAY) -> list[str]:
    """What is told of a day of a source, without waiting between attempts."""
    sources = with_landings([FlowSource(address)], state)
    return Landing(sources, lambda _: [], wait=lambda _: None).land([day])


def files(state: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(state.glob("landed/*/files/**/*")) if path.is_file()]


def test_names_of_objects_that_lead_elsewhere_are_told_and_not_taken(
    world: World, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(bucket, monkeypatch)
    bucket.put(f"{DAY}/../../../outside.json", flow(1))
    bucket.put(f"{DAY}/{'n' * 300}.json", flow(2))
    bucket.put(f"{DAY}/a\x1b[31m.json", flow(100))
    bucket.put(f"{DAY}/{'n' * 250}.json", flow(7))
    world.sources(f"{bucket.address}/flows/{{date}}")
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100]}
    assert [reason for _, reason in refused(world).values()] == [
        "has a name that leads elsewhere",
        "has a name that is too long",
    ]
    assert not list(world.root.rglob("outside.json"))


def test_names_that_are_no_utf_8_and_what_is_no_file_on_a_host(
    world: World, host: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(host, monkeypatch)
    host.put(f"{DAY}/a.json", flow(100))
    folder = host.folder / DAY
    (folder / "a.json").rename(folder / os.fsdecode(b"\xff\xfe.json"))
    os.mkfifo(folder / "pipe")
    (folder / "nowhere").symlink_to("not-there")
    (folder / "round").symlink_to(folder)
    world.sources(f"{host.address}/flows/{{date}}")
    world.pull()
    assert world.counted() == {"2026-01-05": [100]}
    assert refused(world) == {
        "nowhere": ("unreadable", "is a link to nowhere or to a folder"),
        "pipe": ("unreadable", "is no file"),
        "round": ("unreadable", "is a link to nowhere or to a folder"),
    }


def test_a_host_whose_key_is_not_known_is_refused(
    host: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(host, monkeypatch)
    other = tmp_path / "other_hosts"
    other.touch()
    monkeypatch.setenv("NETSTATS_SFTP_KNOWN_HOSTS", str(other))
    (line,) = lands(f"{host.address}/flows/{{date}}", tmp_path)
    assert "not found in known_hosts" in line
    assert "connect once with `ssh` and compare the key" in line


def test_a_host_that_does_not_let_in_says_what_lets_in(
    host: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(host, monkeypatch)
    (host.folder.parent / "authorized").write_text("", encoding="utf-8")
    (line,) = lands(f"{host.address}/flows/{{date}}", tmp_path)
    assert "may not be read" in line
    assert "NETSTATS_SFTP_KEY_FILE" in line


def test_storage_without_credentials_says_where_they_come_from(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(bucket, monkeypatch)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    (line,) = lands(f"{bucket.address}/flows/{{date}}", tmp_path)
    assert "set AWS_ACCESS_KEY_ID" in line


def test_a_site_that_refuses_is_told_with_where_passwords_stand(site: Folder, tmp_path: Path) -> None:
    (line,) = lands(f"{site.address}/refused/{{date}}", tmp_path)
    assert "may not be read (status 403)" in line
    assert ".netrc" in line


def test_a_site_that_sends_to_another_host_is_not_followed(site: Folder, tmp_path: Path) -> None:
    (line,) = lands(f"{site.address}/moved/{{date}}", tmp_path)
    assert "it sends to http://localhost" in line
    assert files(tmp_path) == []


def test_a_folder_that_is_not_there_is_a_day_without_files(site: Folder, tmp_path: Path) -> None:
    assert lands(f"{site.address}/flows/{{date}}", tmp_path) == []
    assert files(tmp_path) == []


def test_a_machine_that_does_not_answer_is_told_once_for_each_day(tmp_path: Path) -> None:
    (line,) = lands(f"http://127.0.0.1:{free_port()}/flows/{{date}}", tmp_path)
    assert line.startswith("2026-01-05: http://127.0.0.1:")
    assert "what came of it before still counts" in line


@contextmanager
def answering(listing: bytes, head: bytes, body: bytes) -> Iterator[str]:
    """A server with one file, that says `head` of it and sends `body`, and then hangs up."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                asked = connection.recv(65536)
                found = asked.split(b" ")[1]
                page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
                if found.endswith(b"/"):
                    connection.sendall(page % len(listing) + listing)
                elif found.endswith(b".json"):
                    connection.sendall(head + (b"" if asked.startswith(b"HEAD") else body))
                else:
                    connection.sendall(b"HTTP/1.1 301 Moved\r\nLocation: %s/\r\nContent-Length: 0\r\n\r\n" % found)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()


HEAD = b"HTTP/1.1 200 OK\r\nETag: x\r\nLast-Modified: Mon, 05 Jan 2026 10:00:00 GMT\r\nConnection: close\r\n"
LISTING = b'<a href="../">..</a><a href="?C=N">name</a><a href="a.json">a.json</a>'


def test_a_file_that_is_cut_off_does_not_land(tmp_path: Path) -> None:
    with answering(LISTING, HEAD + b"Content-Length: 1000\r\n\r\n", b"only this") as address:
        assert lands(f"{address}/flows/{{date}}", tmp_path) == []
    assert files(tmp_path) == []
    (note,) = tmp_path.glob("landed/*/notes/*.json")
    assert "can't be read" in note.read_text(encoding="utf-8")
    assert not list(tmp_path.rglob("*.writing"))


def test_a_file_that_never_ends_is_cut_at_its_size(tmp_path: Path) -> None:
    with answering(LISTING, HEAD + b"Content-Length: 4\r\n\r\n", b"more than that") as address:
        assert lands(f"{address}/flows/{{date}}", tmp_path) == []
    assert files(tmp_path) in ([], [b"more"])


def test_a_listing_can_not_name_files_elsewhere(tmp_path: Path) -> None:
    listing = b'<a href="%2e%2e%2f%2e%2e%2fa.json">x</a><a href="http://192.0.2.9/a.json">y</a>'
    with answering(listing, HEAD + b"Content-Length: 1\r\n\r\n", b"a") as address:
        assert lands(f"{address}/flows/{{date}}", tmp_path) == []
    assert list(tmp_path.rglob("a.json")) == []


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("ftp://example.net/{date}", "begins with ftp://; write a folder, or http, https, s3, sftp before ://"),
        ("s3://flows", "names no folder"),
        ("s3://{date}/x", "does not name its bucket or host"),
        ("sftp://me:secret@example.net/{date}", "holds a password"),
        ("https://example.net/../{date}", "holds . or .. as a folder"),
    ],
)
def test_addresses_that_mean_nothing_are_refused(address: str, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        addresses.judged(address)
