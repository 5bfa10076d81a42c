"""Folders that take another's place, and what killed processes leave of it."""

import threading
from pathlib import Path

import pytest

from assets.ground import unfinished
from assets.ground.unfinished import remove_left_over, replacing_folder


def replace(folder: Path, text: str) -> None:
    with replacing_folder(folder) as writing:
        writing.mkdir()
        (writing / "page.html").write_text(text)


def test_a_reader_always_finds_the_folder(tmp_path: Path) -> None:
    """Between two renamings there was a moment without it."""
    folder, ended, missed = tmp_path / "2025Q4", threading.Event(), list[int]()
    replace(folder, "0")

    def read() -> None:
        while not ended.is_set():
            missed.extend([] if folder.is_dir() else [1])

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(300):
        replace(folder, str(number))
    ended.set()
    reader.join()
    assert (missed, [path.name for path in tmp_path.iterdir()]) == ([], ["2025Q4"])


def test_where_names_can_not_be_exchanged_they_are_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfinished, "_exchanged", lambda one, other: False)
    for text in ("old", "new"):
        replace(tmp_path / "2025Q4", text)
    assert [path.name for path in tmp_path.iterdir()] == ["2025Q4"]
    assert (tmp_path / "2025Q4" / "page.html").read_text() == "new"


@pytest.mark.parametrize("is_there", [True, False])
def test_what_was_replaced_when_a_process_was_killed_goes_or_comes_back(tmp_path: Path, is_there: bool) -> None:
    (tmp_path / ".2025Q4.replaced").mkdir()
    (tmp_path / ".2025Q4.replaced" / "page.html").write_text("old")
    if is_there:
        replace(tmp_path / "other", "new")
        (tmp_path / "other").rename(tmp_path / "2025Q4")
    remove_left_over(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["2025Q4"]
    assert (tmp_path / "2025Q4" / "page.html").read_text() == ("new" if is_there else "old")


def test_a_replaced_folder_that_can_not_be_removed_is_named_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file below it shutil tells the last name alone."""

    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", "page.html")

    replace(tmp_path / "2025Q4", "old")
    with (
        monkeypatch.context() as patched,
        pytest.raises(PermissionError) as told,
        replacing_folder(tmp_path / "2025Q4"),
    ):
        unfinished.writing_beside(tmp_path / "2025Q4").mkdir()
        patched.setattr("shutil.rmtree", refuse)
    assert told.value.filename == str(unfinished.writing_beside(tmp_path / "2025Q4"))
