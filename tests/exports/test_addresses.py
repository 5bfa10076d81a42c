"""What the address of a source means on a day: dates written as collectors write them, and wildcards."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.exports.world import MONDAY, World, flow

pytestmark = pytest.mark.filterwarnings("ignore:.*`backfill_policy`")
TUESDAY = MONDAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("address", "monday", "tuesday", "neither"),
    [
        ("flat/nfcapd.{date:%Y%m%d}*", "flat/nfcapd.202601050000", "flat/nfcapd.202601060000", "flat/nfcapd.current.1"),
        ("tree/{date:%Y/%m/%d}", "tree/2026/01/05/12/nfcapd.1", "tree/2026/01/06/00/nfcapd.1", "tree/2026/01/nfcapd.1"),
        ("flows/*/{date:%y%j}", "flows/lax/26005/a", "flows/sfo/26006/b", "flows/26005"),
        ("hours/{date:%Y%m%d}-??/x*", "hours/20260105-23/x1", "hours/20260106-00/x1", "hours/20260105-2/x1"),
        ("odd/[{date}]*.json", "odd/[2026-01-05]a.json", "odd/[2026-01-06]a.json", "odd/2026-01-05.json"),
    ],
)
def test_each_day_has_the_files_that_its_address_means(
    world: World, address: str, monday: str, tuesday: str, neither: str
) -> None:
    world.sources(address)
    for name, octets in ((monday, 100), (tuesday, 200), (neither, 400)):
        world.write(world.operator / name, flow(octets))
    world.pull(MONDAY, TUESDAY)
    assert world.counted() == {"2026-01-05": [100], "2026-01-06": [200]}
    (named,) = world.states()
    assert monday.endswith(named.split("/", 1)[1])


def test_a_name_that_begins_with_a_dot_is_not_written_to_its_end(world: World) -> None:
    world.sources("flat/*{date:%Y%m%d}*")
    world.write(world.operator / "flat/.nfcapd.202601050000.part", flow(7))
    world.write(world.operator / "flat/nfcapd.202601050000", flow(100))
    world.pull()
    assert world.counted() == {"2026-01-05": [100]}


def test_a_file_that_leaves_a_flat_folder_is_kept_as_in_a_folder_a_day(world: World) -> None:
    """All are gone, as a collector lets a day go: what was pulled counts on."""
    world.sources("flat/nfcapd.{date:%Y%m%d}*")
    gone = world.write(world.operator / "flat/nfcapd.202601050000", flow(100))
    world.pull()
    gone.unlink()
    told = world.pull()
    assert world.counted() == {"2026-01-05": [100]}
    assert "offers no exports for the day any more" in told["warnings"]


def test_a_folder_behind_a_wildcard_that_can_not_be_read_is_told(world: World, tmp_path: Path) -> None:
    """A link that leads nowhere stands for it: tests may run as a user who may read everything."""
    world.sources("flows/*/{date}")
    world.write(world.operator / "flows/lax/2026-01-05/a", flow(100))
    (world.operator / "flows/sfo").mkdir()
    (world.operator / "flows/sfo/2026-01-05").symlink_to(tmp_path / "nowhere")
    world.pull()
    (told,) = [row for row in world.rows() if row["state"] == "unreadable"]
    assert told["source_file"].endswith("/sfo/2026-01-05")
