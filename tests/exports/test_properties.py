"""Whatever is done with files between pulls, what counts stays the same while each content is offered somewhere."""

import random
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.exports.days import Counting, tell_other_days
from assets.exports.formats._containers import open_file
from assets.exports.names import without_compression
from assets.exports.pull import pull_day
from assets.exports.rows import kept_path
from assets.operator import load_operator
from tests.exports.world import COMPRESSIONS, DAY, MONDAY, World, flow

FOLDERS = ("one", "two")
DAYS = (MONDAY, MONDAY + DAY)
CONTENTS = [flow(octets) for octets in (1, 20, 300)]
OPERATIONS = (
    "compress",
    "decompress",
    "rename",
    "move",
    "copy to the other source",
    "deliver again",
    "pull",
    "compress",
)


@dataclass
class Filed:
    """Three contents as files of two sources and days, and what a collector or an operator does with them."""

    world: World
    chance: random.Random

    def begin(self) -> None:
        self.world.sources(*(f"{folder}/{{date}}" for folder in FOLDERS))
        for number, content in enumerate(CONTENTS):
            self.world.offer(f"{number}.json", content, folder="one")
        self.pull(MONDAY)

    def files(self) -> list[Path]:
        return sorted(
            path for folder in FOLDERS for path in (self.world.operator / folder).rglob("*") if path.is_file()
        )

    def do(self, operation: str) -> None:
        path = self.chance.choice(self.files())
        content = read(path)
        if operation == "pull":
            self.pull(self.chance.choice(DAYS))
        elif operation == "compress":
            suffix = self.chance.choice(sorted(COMPRESSIONS))
            self.replace(path, without_compression(path.name) + suffix, COMPRESSIONS[suffix](content))
        elif operation == "decompress":
            self.replace(path, without_compression(path.name), content)
        elif operation == "rename":
            self.replace(path, f"{self.chance.randrange(1000)}.renamed", content)
        elif operation == "move":
            self.replace(path, f"{self.chance.choice('abc')}/{path.name}", path.read_bytes())
        else:
            self.copy(path, again=operation == "deliver again")

    def replace(self, path: Path, name: str, content: bytes) -> None:
        """Another file in place of one, unless a file has its name."""
        other = path.parent / name
        if other == path or not other.exists():
            path.unlink()
            self.world.write(other, content)

    def copy(self, path: Path, *, again: bool) -> None:
        """Into the other source's folder of the day, or the same source's of the next day."""
        source, day, *below = path.relative_to(self.world.operator).parts
        to_source = source if again else next(folder for folder in FOLDERS if folder != source)
        to_day = (date.fromisoformat(day) + DAY).isoformat() if again else day
        other = self.world.operator.joinpath(to_source, to_day, *below)
        if not other.exists():
            other.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, other)

    def pull(self, *days: date) -> None:
        for day in days:
            pull_day(self.world.workspace, load_operator(self.world.operator), day)
        tell_other_days(self.world.workspace.lake)

    def counted(self) -> list[bytes]:
        """What counts over both days, as it lies in the lake."""
        lake = self.world.workspace.lake
        pulled = {partition.on for partition in lake.partitions(("exports", "flow_exports"), "export_on")}
        return sorted(read(kept_path(lake, row)) for day in pulled for row in Counting.of(lake).files(day))


def read(path: Path) -> bytes:
    with open_file(path) as content:
        return content.read(1 << 30)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(OPERATIONS), min_size=8, max_size=16), st.integers(0, 2**32))
def test_filing_the_same_contents_otherwise_changes_nothing(operations: list[str], seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        filed = Filed(World(Path(folder)).begin(), random.Random(seed))
        filed.begin()
        for operation in operations:
            filed.do(operation)
            assert filed.counted() == sorted(CONTENTS)
        filed.pull(*filed.chance.sample(DAYS, 2))
        assert filed.counted() == sorted(CONTENTS)


@pytest.mark.filterwarnings("ignore:.*`backfill_policy`")
def test_the_days_of_a_range_may_be_pulled_in_any_order(tmp_path: Path) -> None:
    """The same files for three days, pulled forwards and backwards: the same contents count on the same days."""
    counted = []
    for order in (1, -1):
        world = World(tmp_path / f"order{order}").begin()
        days = [MONDAY, MONDAY + DAY, MONDAY + 2 * DAY]
        for number, day in enumerate(days):
            for octets in range(number + 1):
                world.offer(f"{day.day}-{octets}.json", flow(octets), day)
        for day in days[::order]:
            world.pull(day)
        counted.append(world.counted())
    assert counted == [{"2026-01-05": [0], "2026-01-06": [1], "2026-01-07": [2]}] * 2
