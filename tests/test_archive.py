"""A folder that was packed comes back to the byte, or not at all."""

import os
import sqlite3
import tarfile
from pathlib import Path

import pytest

from assets.ground.archive import ArchiveError, Packed, pack, unpack


def nothing(_: Path) -> bool:
    return False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file, another name of it, a file to be left out and a database that is being written."""
    folder = tmp_path / "state"
    (folder / "lake").mkdir(parents=True)
    (folder / "lake" / "a.parquet").write_bytes(b"flows" * 1000)
    (folder / "lake" / "b.parquet").hardlink_to(folder / "lake" / "a.parquet")
    (folder / "made_anew").write_bytes(b"x")
    return folder


def test_all_comes_back_to_the_byte(folder: Path, tmp_path: Path) -> None:
    packed = pack(folder, tmp_path / "backup.tar", lambda path: path.name == "made_anew")
    assert packed == unpack(tmp_path / "backup.tar", tmp_path / "again") == Packed(1, 5000)
    names = ["a.parquet", "b.parquet"]
    assert [(tmp_path / "again" / "lake" / name).read_bytes() for name in names] == [b"flows" * 1000] * 2
    assert sorted(path.name for path in (tmp_path / "again").rglob("*")) == [*names, "lake"]
    assert len({(tmp_path / "again" / "lake" / name).stat().st_ino for name in names}) == 1


def test_only_its_owner_may_read_it(folder: Path, tmp_path: Path) -> None:
    pack(folder, tmp_path / "backup.tar", nothing)
    assert (tmp_path / "backup.tar").stat().st_mode & 0o777 == 0o600


def test_a_database_that_is_written_meanwhile_comes_back_whole(folder: Path, tmp_path: Path) -> None:
    writing = sqlite3.connect(folder / "runs.db", isolation_level=None)
    writing.execute("pragma journal_mode = wal")
    writing.execute("create table runs (id integer)")
    writing.execute("insert into runs values (7)")
    writing.execute("begin")
    writing.execute("insert into runs values (8)")
    pack(folder, tmp_path / "backup.tar", lambda path: path.name.endswith(("-wal", "-shm")))
    writing.close()
    unpack(tmp_path / "backup.tar", tmp_path / "again")
    again = sqlite3.connect(tmp_path / "again" / "runs.db")
    assert again.execute("select id from runs").fetchall() == [(7,)]
    again.close()


@pytest.mark.parametrize("place", range(0, 10_240, 997))
def test_a_changed_byte_is_found_or_changes_nothing(folder: Path, tmp_path: Path, place: int) -> None:
    archive = tmp_path / "backup.tar"
    pack(folder, archive, nothing)
    content = bytearray(archive.read_bytes())
    content[place] ^= 0xFF
    archive.write_bytes(content)
    try:
        unpack(archive, tmp_path / "again")
    except ArchiveError:
        assert not (tmp_path / "again").exists()
    else:
        assert (tmp_path / "again" / "lake" / "b.parquet").read_bytes() == b"flows" * 1000
    assert not list(tmp_path.glob(".again*"))


@pytest.mark.parametrize("kept", [0, 100, 4096, 8000])
def test_what_is_cut_off_is_refused(folder: Path, tmp_path: Path, kept: int) -> None:
    archive = tmp_path / "backup.tar"
    pack(folder, archive, nothing)
    os.truncate(archive, kept)
    with pytest.raises(ArchiveError, match="take another"):
        unpack(archive, tmp_path / "again")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar", "state"]


def test_nothing_is_written_over_or_elsewhere(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    pack(folder, archive, nothing)
    with pytest.raises(FileExistsError):
        unpack(archive, folder)
    with tarfile.open(tmp_path / "bad.tar", "w") as tar:
        tar.addfile(tarfile.TarInfo("../outside"))
    with pytest.raises(ArchiveError, match="outside"):
        unpack(tmp_path / "bad.tar", tmp_path / "again")
    assert not (tmp_path / "outside").exists()


def test_a_link_in_the_folder_is_told(folder: Path, tmp_path: Path) -> None:
    (folder / "link").symlink_to("/etc/hostname")
    with pytest.raises(ArchiveError, match="link: is a link or no file"):
        pack(folder, tmp_path / "backup.tar", nothing)
    assert not (tmp_path / "backup.tar").exists()
