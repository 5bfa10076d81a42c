"""The lake's copies are its own: whole or not there, and untouched by what becomes of the operator's files."""

import gzip
import subprocess
from pathlib import Path

import pytest

from assets.exports import copies as export_copies
from tests.exports.world import COMPRESSIONS, DAY, MONDAY, World, flow, made

pytestmark = pytest.mark.filterwarnings("ignore:.*`backfill_policy`")


def kept(world: World) -> list[Path]:
    root = world.workspace.lake.root / "exports" / "flow_exports"
    return sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".parquet")


def test_the_collector_may_compress_and_rewrite_what_was_pulled(world: World) -> None:
    path = world.offer("a.json", flow(100))
    world.pull()
    with path.open("r+b") as rewritten:
        rewritten.write(b"#")
    (copy,) = kept(world)
    assert copy.read_bytes() == flow(100)
    assert path.stat().st_nlink == 1
    subprocess.run(["/bin/gzip", path], check=True)


def test_a_file_that_changes_while_it_is_copied_is_left_for_the_next_pull(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = world.offer("a.json", flow(100))
    copy = export_copies._copy

    def while_it_grows(source: Path, copied: Path) -> None:
        copy(source, copied)
        with source.open("ab") as growing:
            growing.write(flow(7))

    monkeypatch.setattr(export_copies, "_copy", while_it_grows)
    told = world.pull()
    assert world.counted() == {}
    assert world.states() == {"exports/a.json": "unstable"}
    assert "changed while it was being pulled; pull the day again once the collector has closed it" in told["set_aside"]
    assert kept(world) == []
    monkeypatch.setattr(export_copies, "_copy", copy)
    world.pull()
    assert path.read_bytes() == flow(100) + flow(7)
    assert world.counted() == {"2026-01-05": [7, 100]}


def test_a_file_that_grows_again_keeps_its_earlier_version(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = world.offer("a.json", flow(100))
    world.offer("b.json", flow(7))
    world.pull()
    path.write_bytes(flow(100) + flow(8))
    monkeypatch.setattr(export_copies, "_version_now", lambda _: None)
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100]}


def test_damaged_files_are_told_apart_and_the_whole_one_replaces_its_part(world: World) -> None:
    """Two files that break off behind the same bytes are not taken for one."""
    packed = gzip.compress(b"".join(flow(octets) for octets in range(1, 2000)), mtime=0)
    for name, part in (("a.json.gz", packed[:2000]), ("b.json.gz", packed[:2001])):
        world.offer(name, part)
    world.pull()
    assert world.states() == {"exports/a.json.gz": "pulled", "exports/b.json.gz": "pulled"}
    assert [row["is_complete"] for row in world.rows()] == [False, False]
    world.offer("a.json.gz", packed)
    world.pull()
    assert sorted(world.states().values()) == ["pulled", "pulled", "withdrawn"]


def test_a_day_that_repeats_another_ones_file_shares_its_copy(world: World) -> None:
    world.offer("a.json", flow(100))
    world.offer("a.json", flow(100), MONDAY + DAY)
    world.pull(MONDAY, MONDAY + DAY)
    assert [path.read_bytes() for path in kept(world)] == [flow(100)]


def test_a_file_and_later_a_folder_of_its_name_are_both_kept(world: World) -> None:
    first = world.offer("a.json", flow(100))
    world.pull()
    first.unlink()
    world.offer("a.json/b.json", flow(7))
    world.pull()
    assert world.counted() == {"2026-01-05": [7]}
    assert sorted(path.read_bytes() for path in kept(world)) == sorted([flow(100), flow(7)])


def test_a_day_whose_copies_are_gone_stays_as_it_was_made(world: World) -> None:
    """As they are when the operator lets exports go, in the lake and at the source."""
    path = world.offer("a.json", flow(100))
    world.pull()
    before = made(world.records())
    path.unlink()
    for copy in kept(world):
        copy.unlink()
    world.sources("exports/{date}", is_scaled=True)
    world.pull()
    assert made(world.records()) == before
    assert world.counted() == {"2026-01-05": [100]}


def test_a_copy_that_is_gone_is_made_again_from_the_source(world: World) -> None:
    world.offer("a.json", flow(100))
    world.pull()
    (copy,) = kept(world)
    copy.unlink()
    world.pull()
    assert copy.read_bytes() == flow(100)


def test_compressed_content_is_known_by_what_it_holds(tmp_path: Path) -> None:
    plain = world_file(tmp_path / "plain", flow(100))
    known = export_copies.sha256_of_file(plain)
    assert export_copies.contained(plain, known)[:2] == (known, True)
    for suffix in COMPRESSIONS:
        packed = world_file(tmp_path / f"packed{suffix}", COMPRESSIONS[suffix](flow(100)))
        assert export_copies.contained(packed, export_copies.sha256_of_file(packed))[:2] == (known, True)


def world_file(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
