"""What a source no longer offers leaves a day that is pulled again, unless that is how the source works."""

import pytest

from tests.exports.world import COMPRESSIONS, World, flow, made

pytestmark = pytest.mark.filterwarnings("ignore:.*`backfill_policy`")


def test_what_is_gone_leaves_the_day_and_stays_in_the_lake(world: World) -> None:
    world.offer("a.json", flow(100))
    gone = world.offer("b.json", flow(7))
    world.pull()
    gone.unlink()
    told = world.pull()
    assert world.counted() == {"2026-01-05": [100]}
    row = world.rows()[1]
    assert (row["source_file"], row["state"]) == ("exports/b.json", "withdrawn")
    assert row["reason"] == "its source offers other files for the day, and no longer this one"
    assert "deletes_delivered: true" in row["remedy"]
    assert told["warnings"].startswith("2026-01-05/exports/b.json: its source offers other files")
    kept = world.workspace.lake.root / "exports" / "flow_exports" / row["kept_as"]
    assert kept.read_bytes() == flow(7)


def test_what_comes_back_counts_again_under_its_name(world: World) -> None:
    world.offer("a.json", flow(100))
    gone = world.offer("b.json", flow(7))
    world.pull()
    gone.unlink()
    world.pull()
    world.offer("c.json", flow(7))
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100]}
    assert world.states() == {"exports/a.json": "pulled", "exports/b.json": "pulled"}


def test_a_source_that_deletes_what_it_delivered_loses_nothing(world: World) -> None:
    world.sources("exports/{date}", deletes_delivered=True)
    gone = world.offer("b.json", flow(7))
    world.pull()
    gone.unlink()
    world.offer("c.json", flow(8))
    told = world.pull()
    assert world.counted() == {"2026-01-05": [7, 8]}
    assert told["warnings"] == "none"


def test_what_left_comes_back_when_its_source_turns_out_to_delete(world: World) -> None:
    world.offer("a.json", flow(100))
    gone = world.offer("b.json", flow(7))
    world.pull()
    gone.unlink()
    world.pull()
    world.sources("exports/{date}", deletes_delivered=True)
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100]}


def test_a_replaced_version_does_not_come_back_when_the_newer_one_is_deleted(world: World) -> None:
    world.sources("exports/{date}", deletes_delivered=True)
    for content in (flow(100), flow(100) + flow(101)):
        path = world.offer("a.json", content)
        world.pull()
    path.unlink()
    world.pull()
    world.pull()
    assert world.counted() == {"2026-01-05": [100, 101]}


def test_what_left_does_not_come_back_beside_what_came_under_its_name_since(world: World) -> None:
    """Also when that is deleted, too, by the time its source turns out to delete."""
    world.offer("b.json", flow(7))
    for content in (flow(100), flow(101)):
        path = world.offer("a.json", content)
        world.pull()
        path.unlink()
        if content == flow(100):
            world.pull()
    world.sources("exports/{date}", deletes_delivered=True)
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 101]}


def test_files_whose_names_differ_by_compression_alone_do_not_take_each_others_place(world: World) -> None:
    world.sources("exports/{date}", deletes_delivered=True)
    paths = [world.offer("a.json", flow(100)), world.offer("a.json.gz", COMPRESSIONS[".gz"](flow(7)))]
    world.pull()
    for path in paths:
        path.unlink()
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100]}


def test_what_a_deleting_source_delivered_outlasts_the_source(world: World) -> None:
    world.sources("exports/{date}", deletes_delivered=True)
    gone = world.offer("a.json", flow(100))
    world.pull()
    gone.unlink()
    world.sources("new/{date}", deletes_delivered=True)
    world.offer("b.json", flow(7), folder="new")
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100]}


@pytest.mark.parametrize("leaves_folder", [True, False])
def test_a_day_whose_place_was_emptied_is_kept_with_a_warning(world: World, leaves_folder: bool) -> None:
    """As a collector leaves it that lets old days go."""
    gone = world.offer("a.json", flow(100))
    world.pull()
    before = made(world.records())
    gone.unlink()
    if not leaves_folder:
        gone.parent.rmdir()
    told = world.pull()
    assert world.counted() == {"2026-01-05": [100]}
    assert made(world.records()) == before
    assert told["warnings"].startswith("2026-01-05/exports: offers no exports for the day any more, and the 1 pulled")
    assert "deletes_delivered: true" in told["warnings"]


def test_a_source_taken_out_leaves_a_day_that_others_have_files_for(world: World) -> None:
    world.sources("one/{date}", "two/{date}")
    world.offer("a.json", flow(100), folder="one")
    world.offer("b.json", flow(7), folder="two")
    world.pull()
    world.sources("two/{date}")
    world.pull()
    assert world.counted() == {"2026-01-05": [7]}
    assert world.states() == {"one/a.json": "withdrawn", "two/b.json": "pulled"}


def test_each_exporters_place_is_asked_on_its_own(world: World) -> None:
    """edge-1's folder was emptied, edge-2 offers another file than before."""
    world.sources("exports/{exporter}/{date}")
    first = world.offer("a.json", flow(1), folder="exports/edge-1")
    second = world.offer("a.json", flow(2), folder="exports/edge-2")
    world.pull()
    first.unlink()
    second.unlink()
    world.offer("b.json", flow(3), folder="exports/edge-2")
    world.pull()
    assert world.counted() == {"2026-01-05": [1, 3]}


@pytest.mark.parametrize("deletes", [True, False])
@pytest.mark.parametrize("later", ["a.json", "a.json.gz"])
def test_the_whole_file_takes_the_place_of_one_pulled_while_it_grew(world: World, deletes: bool, later: str) -> None:
    world.sources("exports/{date}", deletes_delivered=deletes)
    growing = world.offer("a.json", flow(100))
    world.offer("b.json", flow(7))
    world.pull()
    growing.unlink()
    whole = flow(100) + flow(101)
    world.offer(later, whole if later == "a.json" else COMPRESSIONS[".gz"](whole))
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100, 101]}
    withdrawn = [row["reason"] for row in world.rows() if row["state"] == "withdrawn"]
    assert withdrawn == [f"exports/{later} holds a newer version of it"]


def test_no_export_left_behind_is_no_file_of_the_day(world: World) -> None:
    """A marker in an emptied folder does not make what was pulled leave."""
    gone = world.offer("a.json", flow(100))
    world.pull()
    gone.unlink()
    world.offer("complete.txt", b"all delivered")
    world.pull()
    assert world.counted() == {"2026-01-05": [100]}


def test_what_left_is_warned_of_once(world: World) -> None:
    gone = [world.offer(name, flow(octets)) for name, octets in (("a.json", 1), ("b.json", 2))]
    world.offer("c.json", flow(3))
    world.pull()
    for path in gone:
        path.unlink()
        told = world.pull()
        (line,) = told["warnings"].splitlines()
        assert line.startswith(f"2026-01-05/exports/{path.name}: its source offers other files for the day")
    assert world.pull()["warnings"] == "none"


def test_all_that_an_emptied_place_delivered_is_warned_of_in_a_line(world: World) -> None:
    world.sources("one/{date}", "two/{date}")
    paths = [world.offer(name, flow(octets), folder="one") for name, octets in (("a.json", 1), ("b.json", 2))]
    world.offer("c.json", flow(3), folder="two")
    world.pull()
    for path in paths:
        path.unlink()
    (line,) = world.pull()["warnings"].splitlines()
    assert line.startswith(
        "2026-01-05/one: offers no exports for the day any more, and the 2 pulled before still count"
    )
    assert world.counted() == {"2026-01-05": [1, 2, 3]}
