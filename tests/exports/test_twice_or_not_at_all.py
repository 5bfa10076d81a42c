"""A content counts once, whatever its files are called, where they lie and how they are compressed."""

import pytest

from assets.exports.pull import pull_day
from assets.operator import load_operator
from tests.exports.world import COMPRESSIONS, DAY, MONDAY, World, flow, made
from tests.formats import encoder

pytestmark = pytest.mark.filterwarnings("ignore:.*`backfill_policy`")
TUESDAY = MONDAY + DAY
WEDNESDAY = TUESDAY + DAY


@pytest.mark.parametrize("suffix", sorted(COMPRESSIONS))
def test_a_file_that_is_compressed_later_stays_as_it_was_decoded(world: World, suffix: str) -> None:
    plain = world.offer("a.json", flow(100))
    world.pull()
    decoded, before = world.records().read_bytes(), made(world.records())
    world.offer("a.json" + suffix, COMPRESSIONS[suffix](flow(100)))
    plain.unlink()
    world.pull()
    assert world.counted() == {"2026-01-05": [100]}
    assert made(world.records()) == before
    assert world.records().read_bytes() == decoded
    assert world.states() == {"exports/a.json": "pulled"}


def test_two_files_of_one_content_count_once_and_both_are_told(world: World) -> None:
    world.offer("a.json", flow(100))
    world.offer("b.json.gz", COMPRESSIONS[".gz"](flow(100)))
    told = world.pull()
    assert world.counted() == {"2026-01-05": [100]}
    assert world.states() == {"exports/a.json": "pulled", "exports/b.json.gz": "duplicate"}
    assert world.rows()[1]["reason"] == "holds the same as exports/a.json"
    assert (told["files_pulled"], told["files_duplicate"]) == (1, 1)


def test_a_source_that_is_pointed_to_another_folder_changes_nothing(world: World) -> None:
    world.sources("exports/{date}", is_scaled=True)
    world.offer("a.json", flow(100))
    world.pull()
    before = made(world.records())
    (world.operator / "exports").rename(world.operator / "moved")
    world.sources("moved/{date}", is_scaled=True)
    world.pull()
    assert world.counted() == {"2026-01-05": [100]}
    assert made(world.records()) == before


def test_a_source_that_is_pointed_to_other_files_of_the_same_traffic_replaces_them(world: World) -> None:
    world.offer("a.json", flow(100))
    world.pull()
    world.sources("other/{date}")
    world.offer("a.json", flow(101), folder="other")
    world.pull()
    assert world.counted() == {"2026-01-05": [101]}
    assert sorted(world.states().values()) == ["pulled", "withdrawn"]


def test_a_file_delivered_again_on_a_later_day_counts_on_the_first(world: World) -> None:
    world.offer("a.json", flow(100))
    world.pull()
    world.offer("again.json.gz", COMPRESSIONS[".gz"](flow(100)), TUESDAY)
    world.offer("b.json", flow(7), WEDNESDAY)
    world.pull(TUESDAY, WEDNESDAY)
    assert world.counted() == {"2026-01-05": [100], "2026-01-07": [7]}
    (row,) = world.rows(TUESDAY)
    assert (row["state"], row["reason"]) == (
        "duplicate",
        "holds the same as exports/a.json of 2026-01-05, which counts it",
    )


def test_an_earlier_day_that_is_pulled_late_takes_over_what_a_later_one_counted(world: World) -> None:
    world.offer("a.json", flow(100), TUESDAY)
    world.offer("b.json", flow(7), TUESDAY)
    world.pull(TUESDAY)
    assert world.counted() == {"2026-01-06": [7, 100]}
    world.offer("late.json", flow(100), MONDAY)
    world.pull(MONDAY)
    assert world.counted() == {"2026-01-05": [100], "2026-01-06": [7]}
    assert world.states(TUESDAY) == {"exports/a.json": "duplicate", "exports/b.json": "pulled"}


def test_a_run_killed_between_pulling_and_decoding_is_completed_by_the_next(world: World) -> None:
    world.offer("a.json", flow(100), TUESDAY)
    world.pull(TUESDAY)
    world.offer("late.json", flow(100))
    pull_day(world.workspace, load_operator(world.operator), MONDAY)
    world.pull(WEDNESDAY)
    assert world.counted() == {"2026-01-05": [100]}


def test_the_later_day_counts_what_leaves_the_first(world: World) -> None:
    gone = world.offer("a.json", flow(100))
    world.offer("b.json", flow(7))
    world.offer("a.json", flow(100), TUESDAY)
    world.pull(MONDAY, TUESDAY)
    assert world.counted() == {"2026-01-05": [7, 100]}
    gone.unlink()
    world.pull(MONDAY)
    assert world.counted() == {"2026-01-05": [7], "2026-01-06": [100]}
    assert world.states(TUESDAY) == {"exports/a.json": "pulled"}


def test_two_sources_may_hold_files_of_the_same_name(world: World) -> None:
    world.sources("one/{date}", "two/{date}")
    world.offer("a.json", flow(100), folder="one")
    world.offer("a.json", flow(7), folder="two")
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100]}
    assert world.states() == {"one/a.json": "pulled", "two/a.json": "pulled"}


def test_a_name_that_is_used_again_is_two_files_when_the_first_is_still_there(world: World) -> None:
    """As logrotate leaves them: flows.json becomes flows.json.1, and a new flows.json begins."""
    first = world.offer("flows.json", flow(100))
    world.pull()
    first.rename(first.with_name("flows.json.1"))
    world.offer("flows.json", flow(7))
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100]}
    names = sorted(world.states())
    assert names[0] == "exports/flows.json"
    assert names[1].startswith("exports/flows.json@")


def test_exporter_means_its_name_and_its_address(world: World) -> None:
    world.sources("exports/{exporter}/{date}")
    for folder, octets in (("edge-1", 1), ("192.0.2.2", 2)):
        world.offer("a.json", flow(octets), folder=f"exports/{folder}")
    world.pull()
    assert world.counted() == {"2026-01-05": [1, 2]}
    assert {row["source_file"].split("/")[1]: row["exporter_hint"] for row in world.rows()} == {
        "192.0.2.2": "192.0.2.2",
        "edge-1": "192.0.2.1",
    }


def datagrams(*numbers: int) -> bytes:
    """A capture of datagrams of one flow each, of as many bytes as their number says."""
    noon = 1767614400
    return encoder.pcap(
        *(encoder.v5(encoder.v5_record(octets=one), seconds=noon + one, sequence=one) for one in numbers)
    )


def test_a_datagram_of_a_file_that_came_late_counts_on_the_earlier_day_alone(world: World) -> None:
    """Also where only the earlier day is pulled: the later one is compared with it again in the same run."""
    world.offer("a.pcap", datagrams(1, 2))
    world.offer("b.pcap", datagrams(3, 4), day=TUESDAY)
    world.offer("c.pcap", datagrams(7), day=WEDNESDAY)
    world.pull(MONDAY, WEDNESDAY)
    world.offer("late.pcap", datagrams(3, 5))
    world.pull(MONDAY)
    assert world.counted() == {"2026-01-05": [1, 2, 3, 5], "2026-01-06": [4], "2026-01-07": [7]}


def test_a_datagram_whose_first_file_leaves_counts_on_the_later_day(world: World) -> None:
    world.offer("a.pcap", datagrams(1, 2))
    wrong = world.offer("b.pcap", datagrams(3, 5))
    world.offer("b.pcap", datagrams(3, 4), day=TUESDAY)
    world.pull(MONDAY, TUESDAY)
    assert world.counted() == {"2026-01-05": [1, 2, 3, 5], "2026-01-06": [4]}
    wrong.unlink()
    world.pull(MONDAY)
    assert world.counted() == {"2026-01-05": [1, 2], "2026-01-06": [3, 4]}


def test_of_several_days_that_hold_a_file_the_earliest_counts_it_and_is_named(world: World) -> None:
    for day, name in ((WEDNESDAY, "c.json"), (TUESDAY, "b.json"), (MONDAY, "a.json")):
        world.offer(name, flow(100), day)
        world.pull(day)
    assert world.counted() == {"2026-01-05": [100]}
    reasons = [world.rows(day)[0]["reason"] for day in (MONDAY, TUESDAY, WEDNESDAY)]
    named = "holds the same as exports/a.json of 2026-01-05, which counts it"
    assert reasons == [None, named, named]
