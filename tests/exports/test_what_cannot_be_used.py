"""What lies at a source and is not a readable file is a row with reason and remedy, and the run of all days goes on."""

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exports.world import DAY, MONDAY, World, flow

pytestmark = pytest.mark.filterwarnings("ignore:.*`backfill_policy`")


@pytest.fixture
def without_rights() -> Iterator[World]:
    """A world whose tests run as a user that can be refused, which root can't be."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        began_as = os.geteuid()
        if began_as == 0:
            os.seteuid(65534)
        try:
            yield World(Path(folder)).begin()
        finally:
            for path in (Path(folder), *Path(folder).rglob("*")):
                if path.stat().st_uid == os.geteuid() and path.is_dir():
                    path.chmod(0o755)
            os.seteuid(began_as)


def unused(world: World) -> list[tuple[str, str, str]]:
    return [(row["source_file"], row["state"], row["reason"]) for row in world.rows() if row["state"] != "pulled"]


def test_a_file_and_a_folder_that_may_not_be_read_are_told(without_rights: World) -> None:
    world = without_rights
    world.offer("a.json", flow(100))
    world.offer("b.json", flow(7)).chmod(0)
    world.offer("secret/c.json", flow(8)).parent.chmod(0)
    told = world.pull()
    assert world.counted() == {"2026-01-05": [100]}
    assert unused(world) == [
        ("exports/b.json", "unreadable", "can't be read (Permission denied)"),
        ("exports/secret", "unreadable", "can't be read (Permission denied)"),
    ]
    assert all(row["remedy"] for row in world.rows() if row["state"] == "unreadable")
    assert "2026-01-05/exports/b.json: can't be read" in told["set_aside"]


def test_what_can_no_longer_be_read_stays_as_it_was_pulled(without_rights: World) -> None:
    world = without_rights
    kept, hidden = world.offer("a.json", flow(100)), world.offer("below/b.json", flow(7))
    world.offer("c.json", flow(8))
    world.pull()
    kept.chmod(0)
    hidden.parent.chmod(0)
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 8, 100]}


def test_a_place_that_may_not_be_looked_into_is_told(without_rights: World) -> None:
    world = without_rights
    world.offer("a.json", flow(100)).parent.chmod(0)
    world.pull()
    assert unused(world) == [("exports", "unreadable", "can't be read (Permission denied)")]


def test_names_that_no_table_or_file_system_takes_are_shown_and_kept_under_others(world: World) -> None:
    long = "n" * 225 + ".json"
    world.offer(long, flow(1))
    folder = os.fsencode(world.operator / "exports" / MONDAY.isoformat())
    for number, name in enumerate((b"caf\xe9.json", b"bell\x07.json", b"back\\slash.json"), start=2):
        Path(os.fsdecode(os.path.join(folder, name))).write_bytes(flow(number))  # noqa: PTH118 - bytes
    world.pull()
    assert world.counted() == {"2026-01-05": [1, 2, 3, 4]}
    assert list(world.states()) == [
        "exports/back\\\\slash.json",
        "exports/bell\\x07.json",
        "exports/caf\\xe9.json",
        f"exports/{long}",
    ]


def test_a_long_name_that_is_no_export_is_set_aside(world: World) -> None:
    world.offer("n" * 240, b"no export at all")
    world.pull()
    ((name, state, reason),) = unused(world)
    assert (name, state) == ("exports/" + "n" * 240, "quarantined")
    assert reason.startswith("begins with b'no e'")
    (told,) = (world.workspace.quarantine / "2026-01-05" / "exports").glob("*.reason.txt")
    assert told.read_text(encoding="utf-8").startswith("exports/" + "n" * 240)


def test_what_is_no_file_is_told_and_not_waited_for(world: World) -> None:
    folder = world.offer("a.json", flow(100)).parent
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        began_in = Path.cwd()
        os.chdir(folder)
        try:
            listening.bind("socket")
        finally:
            os.chdir(began_in)
    (folder / "null").symlink_to("/dev/null")
    (folder / "nowhere").symlink_to("not-there")
    (folder / "itself").symlink_to("itself")
    world.pull()
    assert world.counted() == {"2026-01-05": [100]}
    assert unused(world) == [
        ("exports/itself", "unreadable", "can't be read (Too many levels of symbolic links)"),
        ("exports/nowhere", "unreadable", "can't be read (No such file or directory)"),
        ("exports/null", "unreadable", "is a character device"),
        ("exports/pipe", "unreadable", "is a named pipe"),
        ("exports/socket", "unreadable", "is a socket"),
    ]


def test_a_folder_behind_a_link_is_read_once_and_a_loop_ends(world: World) -> None:
    folder = world.offer("below/a.json", flow(100)).parent
    (folder / "again").symlink_to(folder.parent)
    elsewhere = world.write(world.root / "elsewhere" / "b.json", flow(7)).parent
    (folder.parent / "link").symlink_to(elsewhere)
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100]}
    assert unused(world) == [
        ("exports/below/again", "unreadable", "leads to a folder that is offered already, exports")
    ]


def test_one_bad_day_does_not_end_the_run_of_the_others(without_rights: World) -> None:
    world = without_rights
    world.offer("a.json", flow(100)).chmod(0)
    world.offer("a.json", flow(7), MONDAY + DAY)
    world.pull(MONDAY, MONDAY + DAY)
    assert world.counted() == {"2026-01-06": [7]}


def test_a_file_set_aside_counts_once_it_is_mended(world: World) -> None:
    world.offer("a.json", b"no export at all")
    world.pull()
    world.offer("a.json", flow(100))
    world.pull()
    assert world.states() == {"exports/a.json": "pulled"}
    assert world.counted() == {"2026-01-05": [100]}
