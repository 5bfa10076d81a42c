"""Files that hold the same bytes and name no exporter are those of each exporter that their address names."""

from datetime import UTC, datetime

import pytest

from assets.exports import day_inputs
from assets.ground.lake import Partition
from tests.exports.test_lake_of_before import pulled_before
from tests.exports.world import COMPRESSIONS, DAY, MONDAY, World, flow, made
from tests.formats import encoder
from tests.formats.nfcapd_encoder import nfcapd_file

pytestmark = pytest.mark.filterwarnings("ignore:.*`backfill_policy`")
EDGE_1, EDGE_2 = (bytes(10) + b"\xff\xff" + bytes([192, 0, 2, number]) for number in (1, 2))
TUESDAY = MONDAY + DAY
NOON = int(datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp())
# Two bins in which nothing came, as nfcapd closes its file then.
SILENT = nfcapd_file(created=NOON, slot=(NOON * 1000, NOON * 1000 + 600_000))
# A datagram alone: its sender stands nowhere in the file.
DATAGRAM = encoder.v5(encoder.v5_record(octets=5), seconds=NOON)


def covered(world: World) -> dict[bytes, int]:
    """How many bins of each exporter are covered."""
    rows = world.workspace.lake.read(day_inputs.HEALTH, Partition("export_on", MONDAY)).to_pylist()
    senders = [row["exporter"] for row in rows if row["is_covered"]]
    return {one: senders.count(one) for one in senders}


def offer_to_both(world: World, name: str, content: bytes) -> None:
    world.sources("exports/{exporter}/{date}")
    for folder in ("edge-1", "edge-2"):
        world.offer(name, content, folder=f"exports/{folder}")


def test_two_routers_that_were_silent_are_both_covered(world: World) -> None:
    offer_to_both(world, "nfcapd.202601051200", SILENT)
    world.pull()
    assert covered(world) == {EDGE_1: 2, EDGE_2: 2}
    assert set(world.states().values()) == {"pulled"}
    before = made(world.records())
    world.pull()
    assert made(world.records()) == before


def test_a_datagram_that_names_no_sender_is_that_of_each(world: World) -> None:
    offer_to_both(world, "a.nf5", DATAGRAM)
    world.pull()
    assert world.counted() == {"2026-01-05": [5, 5]}


def test_within_the_folder_of_an_exporter_it_counts_once(world: World) -> None:
    """Under both names of the folder, compressed, and on a later day."""
    world.sources("exports/{exporter}/{date}")
    world.offer("a", SILENT, folder="exports/edge-1")
    world.offer("b.gz", COMPRESSIONS[".gz"](SILENT), folder="exports/192.0.2.1")
    world.offer("c", SILENT, TUESDAY, folder="exports/edge-1")
    world.pull(MONDAY, TUESDAY)
    assert sorted(world.states().values()) == ["duplicate", "pulled"]
    assert list(world.states(TUESDAY).values()) == ["duplicate"]


def test_a_file_that_is_compressed_later_stays_as_it_was_decoded(world: World) -> None:
    offer_to_both(world, "a", SILENT)
    world.pull()
    before = made(world.records())
    plain = world.operator / "exports" / "edge-2" / MONDAY.isoformat() / "a"
    plain.unlink()
    world.offer("a.gz", COMPRESSIONS[".gz"](SILENT), folder="exports/edge-2")
    world.pull()
    assert made(world.records()) == before
    assert set(world.states().values()) == {"pulled"}


@pytest.mark.parametrize("content", [flow(7), encoder.pcap(DATAGRAM)], ids=["rows", "capture"])
def test_a_file_that_names_its_exporter_counts_once_wherever_it_lies(world: World, content: bytes) -> None:
    offer_to_both(world, "a", content)
    world.pull()
    assert sorted(world.states().values()) == ["duplicate", "pulled"]


def test_a_place_that_names_no_exporter_adds_nothing(world: World) -> None:
    world.sources("one/{date}", "exports/{exporter}/{date}")
    world.offer("a", SILENT, folder="one")
    world.offer("a", SILENT, folder="exports/edge-1")
    world.pull()
    assert covered(world) == {EDGE_1: 2}
    assert sorted(world.states().values()) == ["duplicate", "pulled"]


def test_a_source_whose_address_comes_to_name_exporters_keeps_its_file(world: World) -> None:
    world.sources("exports/{date}")
    world.offer("a", DATAGRAM)
    world.pull()
    world.sources("moved/{exporter}/{date}")
    world.offer("a", DATAGRAM, folder="moved/edge-1")
    world.pull()
    assert world.states() == {"exports/a": "pulled"}
    assert [row["exporter_hint"] for row in world.rows()] == ["192.0.2.1"]


def test_what_was_pulled_before_its_exporter_was_part_of_it_is_known_again(world: World) -> None:
    pulled_before(world, "a", DATAGRAM)
    offer_to_both(world, "a", DATAGRAM)
    world.pull()
    world.pull()
    assert world.counted() == {"2026-01-05": [5, 5]}
    assert sorted(row["exporter_hint"] for row in world.rows()) == ["192.0.2.1", "192.0.2.2"]
