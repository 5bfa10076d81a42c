"""A file of rows that grew and got another name is one file: what was pulled of it before leaves the day."""

import gzip
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.exports.world import COMPRESSIONS, MONDAY, World, flow
from tests.formats import encoder

pytestmark = pytest.mark.filterwarnings("ignore:.*`backfill_policy`")
TEXTS = {
    "goflow2": flow(100),
    "longer than what is compared first": b"".join(flow(1000 + number) for number in range(20)),
}


@pytest.mark.parametrize("deletes", [True, False])
@pytest.mark.parametrize("begun", TEXTS.values(), ids=list(TEXTS))
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_the_whole_file_replaces_its_beginning(world: World, begun: bytes, suffix: str, deletes: bool) -> None:
    world.sources("exports/{date}", deletes_delivered=deletes)
    growing = world.offer("current.json", begun)
    world.pull()
    octets = world.counted()["2026-01-05"]
    growing.unlink()
    whole = begun + flow(101)
    world.offer("a.json" + suffix, COMPRESSIONS[suffix](whole) if suffix else whole)
    world.pull()
    assert world.counted() == {"2026-01-05": sorted([*octets, 101])}
    assert world.states() == {"exports/current.json": "withdrawn", f"exports/a.json{suffix}": "pulled"}
    reasons = [row["reason"] for row in world.rows() if row["state"] == "withdrawn"]
    assert reasons == [f"exports/a.json{suffix} holds a newer version of it"]


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_what_is_not_its_beginning_counts_beside_it(world: World, suffix: str) -> None:
    """The first file is as long as the beginning of the second, and differs in its last line."""
    world.sources("exports/{date}", deletes_delivered=True)
    common = TEXTS["longer than what is compared first"]
    first = common + flow(100)
    gone = world.offer("a.json" + suffix, COMPRESSIONS[suffix](first) if suffix else first)
    world.pull()
    gone.unlink()
    world.offer("b.json", common + flow(101) + flow(102))
    world.pull()
    assert sum(state == "pulled" for state in world.states().values()) == 2
    assert len(world.counted()["2026-01-05"]) == 43


def test_a_file_pulled_within_a_line_is_the_beginning_of_the_whole_one(world: World) -> None:
    """As collectors write that fill a buffer."""
    world.sources("exports/{date}", deletes_delivered=True)
    growing = world.offer("current.json", flow(100) + flow(101)[:40])
    world.pull()
    growing.unlink()
    world.offer("a.json", flow(100) + flow(101))
    world.pull()
    assert world.counted() == {"2026-01-05": [100, 101]}


def test_a_file_pulled_while_it_was_compressed_is_the_beginning_of_the_whole_one(world: World) -> None:
    world.sources("exports/{date}", deletes_delivered=True)
    packed = gzip.compress(flow(100) + flow(101), 0, mtime=0)
    growing = world.offer("current.json.gz", packed[: len(flow(100)) + 30])
    world.pull()
    assert world.counted() == {"2026-01-05": [100]}
    growing.unlink()
    world.offer("a.json.gz", packed)
    world.pull()
    assert world.counted() == {"2026-01-05": [100, 101]}


def test_it_stays_out_when_the_whole_one_is_deleted_too(world: World) -> None:
    world.sources("exports/{date}", deletes_delivered=True)
    for name, content in (("1", flow(100)), ("2", flow(100) + flow(101)), ("3", flow(100) + flow(101) + flow(102))):
        path = world.offer(name, content)
        world.pull()
        path.unlink()
    world.pull()
    assert world.counted() == {"2026-01-05": [100, 101, 102]}


def test_files_of_other_sources_are_no_beginnings(world: World) -> None:
    world.sources("one/{date}", "two/{date}", deletes_delivered=True)
    gone = world.offer("a.json", flow(100), folder="one")
    world.pull()
    gone.unlink()
    world.offer("b.json", flow(100) + flow(101), folder="two")
    world.pull()
    assert world.counted() == {"2026-01-05": [100, 100, 101]}


def test_a_capture_without_packets_is_no_beginning_of_others(world: World) -> None:
    """Its datagrams count once whatever file they are in."""
    world.sources("exports/{date}", deletes_delivered=True)
    gone = world.offer("a.pcap", encoder.pcap())
    world.pull()
    gone.unlink()
    world.offer("b.pcap", encoder.pcap(encoder.v5(encoder.v5_record(octets=5))))
    told = world.pull()
    assert told["warnings"] == "none"


def without(table: Path, *names: str) -> None:
    """Write a table of the lake anew without some of its columns."""
    found = pq.read_table(table, partitioning=None)
    pq.write_table(found.drop_columns(list(names)), table)


def test_a_lake_of_before_is_read(world: World) -> None:
    """Its rows do not tell how long contents are."""
    world.sources("exports/{date}", deletes_delivered=True)
    gone = world.offer("a.json", flow(100))
    world.pull()
    gone.unlink()
    table = world.workspace.lake.root / "exports/flow_exports" / f"export_on={MONDAY}" / "flow_exports.parquet"
    assert {"content_bytes", "beginning_sha256"} <= set(world.rows()[0])
    without(table, "content_bytes", "beginning_sha256")
    world.offer("b.json", flow(7))
    world.pull()
    assert world.counted() == {"2026-01-05": [7, 100]}
