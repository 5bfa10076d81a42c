"""A range of addresses that is forgotten: nothing below the state tells one of them, and building goes on."""

from collections.abc import Callable

from assets.ground.addresses import parse_prefix
from assets.ground.workspace import CONFIDENTIAL
from assets.warehouse.address_search import Needle
from tests.end_to_end.address_search import files_with
from tests.end_to_end.conftest import House, Ran
from tests.end_to_end.test_retirement import SHARES, hosts

# The peers of the flows that softflowd exported on three of the four days.
RANGE = "104.16.5.0/24"
READ_BY_OTHERS = 0o077


def test_a_forgotten_range_is_nowhere_and_counts_stay(built: House, build_days: Callable[[House], Ran]) -> None:
    needle = Needle(parse_prefix(RANGE))
    addresses, shares = {one for one in hosts(built.state) if needle.covers(one)}, built.mart(SHARES)
    assert len(addresses) == 57
    assert "warehouse/working.duckdb" in files_with(built.state, addresses)

    told = built.netstats("forget", RANGE, "--yes")
    assert told.status == 0, told.stderr
    assert told.stdout.splitlines()[:2] == [
        f"{RANGE} lies in the exports of 3 export days, 2025-11-10 to 2025-11-13; they go as a whole, and these days "
        "are closed",
        "exports:  3 export days, 2025-11-10 to 2025-11-13; 3 files of 30848 bytes deleted",
    ]
    assert files_with(built.state, addresses) == set()

    again = build_days(built)
    assert again.status == 0, again.stderr
    assert files_with(built.state, addresses) == set()
    assert built.mart(SHARES) == shares


def test_nothing_is_forgotten_without_a_word(built: House) -> None:
    addresses = hosts(built.state)
    before = files_with(built.state, addresses)
    told = built.netstats("forget", RANGE)
    assert (told.status, told.stderr.splitlines()[-1]) == (1, "Aborted!")
    for given in ("104.16.5.7/24", "2001:db8::1/128", "everything"):
        refused = built.netstats("forget", given, "--yes")
        assert (refused.status, len(refused.stderr.splitlines())) == (1, 1), refused.stderr
    assert files_with(built.state, addresses) == before


def test_files_with_addresses_are_readable_by_their_owner_alone(built_once: House) -> None:
    state = built_once.state
    for name in files_with(state, hosts(state)):
        path = state / name
        assert path.stat().st_mode & READ_BY_OTHERS == 0, path
        assert name.split("/")[0] in CONFIDENTIAL
    folders = {name: (state / name).stat().st_mode & READ_BY_OTHERS for name in CONFIDENTIAL}
    assert folders == dict.fromkeys(CONFIDENTIAL, 0)
