"""A state that was lost comes back from its backup, with the same published bytes, and building goes on."""

import shutil
from collections.abc import Callable

from tests.end_to_end.conftest import House, Ran


def published(house: House) -> dict[str, bytes]:
    folders = [house.state / name for name in ("published", "reports", "comparisons", "editions")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(house.state).as_posix(): path.read_bytes() for path in files}


def test_what_is_published_comes_back_to_the_byte_and_nothing_is_made_again(
    built: House, build_days: Callable[[House], Ran]
) -> None:
    file, before = built.states / "backup.tar", published(built)
    made = built.netstats("backup", str(file))
    assert made.status == 0, made.stderr
    assert "It is confidential" in made.stdout
    assert (
        built.netstats("backup", str(file)).stderr == f"{file}: is there and stays as it is; name a file that is not\n"
    )
    refused = built.netstats("restore", str(file))
    assert (refused.status, "is there and stays as it is" in refused.stderr) == (1, True)
    shutil.rmtree(built.state)
    assert built.netstats("restore", str(file)).status == 0
    assert published(built) == before
    assert built.netstats("query", "select count(*) > 0 as has_rows from share_group_quarterly").status == 0
    again = build_days(built)
    assert again.status == 0, again.stderr
    assert published(built).keys() == before.keys()
