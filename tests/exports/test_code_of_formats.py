"""A day is decoded again when the code that reads its files changes, wherever that lies below the formats."""

from pathlib import Path

import pytest

from assets.exports import decoded_days


def test_a_change_in_a_sub_package_is_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "nfcapd" / "blocks.py"
    module.parent.mkdir()
    module.write_text("SIZE = 1\n", encoding="utf-8")
    monkeypatch.setattr(decoded_days, "FORMATS", tmp_path)
    before = decoded_days.code_of_formats()
    module.write_text("SIZE = 2\n", encoding="utf-8")
    assert decoded_days.code_of_formats() != before
