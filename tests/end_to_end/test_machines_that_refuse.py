"""Machines that refuse: a folder that may not be written is named, a clock that goes back changes nothing."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.end_to_end.conftest import NETSTATS, House, Ran
from tests.faults.kill import left_over, published
from tests.formats.collectors import tool

FIRST, ALL = ("2025-11-10", "2025-11-11"), ("2025-11-10", "2025-11-14")
AS_USER = () if os.geteuid() else ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Root may write everywhere, unless it starts without the right to."""
IN_ORDER = ("dagster", "lake/exports", "warehouse", "lake/sketches", "published", "reports")
"""In the order in which a build comes to write there: each refused one has gone on where the last one ended."""


def test_a_folder_that_refuses_is_named_and_the_build_after_completes(real_exports: House, built_once: House) -> None:
    assert build(real_exports, FIRST).status == 0
    for name in IN_ORDER:
        folder = real_exports.state / name
        with only_to_be_read(folder):
            ran = build(real_exports, ALL, AS_USER)
        told = ran.stdout + ran.stderr
        assert (name, ran.status, str(folder) in told, "Traceback" in told) == (name, 1, True, False), told
        assert "let the user of netstats" in told, told
    assert build(real_exports, ALL).status == 0
    assert published(real_exports.state) == published(built_once.state)
    assert left_over(real_exports.state) == []


def test_a_clock_that_goes_back_changes_nothing_that_is_published(real_exports: House, built_once: House) -> None:
    """It is set back by 300 days between two builds; an edition is never dated before the one that it restates."""
    assert build(real_exports, FIRST).status == 0
    ran = build(real_exports, ALL, (tool("faketime", "faketime"), "-m", "-f", "-300d"))
    assert ran.status == 0, ran.stderr
    assert published(real_exports.state) == published(built_once.state)
    assert build(real_exports, ALL).status == 0
    assert published(real_exports.state) == published(built_once.state)


@contextmanager
def only_to_be_read(folder: Path) -> Iterator[None]:
    """Neither the folder nor anything below it may be written."""
    modes = {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


def build(house: House, days: tuple[str, str], before: tuple[str, ...] = ()) -> Ran:
    command = [*before, NETSTATS, "build", "--from", days[0], "--to", days[1]]
    done = subprocess.run(
        command,
        env={**house.environment, "NO_FAKE_STAT": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Ran(done.returncode, done.stdout, done.stderr)
