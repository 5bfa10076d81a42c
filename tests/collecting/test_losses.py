"""What a collector lost is a file beside its captures, which is read as losses of its day and told once."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from assets.exports.collecting.counts import Counts, DayCounts
from assets.exports.collecting.losses import COLLECTOR, Losses
from assets.exports.formats import DecoderState, NotAnExport, decode_files

NOON, TODAY = datetime(2026, 1, 5, 12, 0, 7, tzinfo=UTC), date(2026, 1, 5)
YESTERDAY = date(2026, 1, 4)


def losses(folder: Path, days: dict[date, DayCounts] | None = None) -> Losses:
    return Losses(folder, 0, Counts(0, days=days or {}))


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*/*"))


def decoded(path: Path) -> tuple[dict[str, int], bool]:
    """The losses of a file by reason, and whether it counts as read to its end."""
    state = DecoderState()
    assert list(decode_files([path], state)) == []
    [outcome] = state.outcomes
    return outcome.losses, outcome.is_complete


def test_what_was_dropped_is_of_the_collector_and_what_was_not_written_of_its_exporter(tmp_path: Path) -> None:
    lost = losses(tmp_path)
    lost.drop(TODAY, 20)
    lost.drop(TODAY, 2)
    lost.leave_unwritten(TODAY, "192.0.2.1", 5)
    assert lost.write(NOON)
    of_exporter, of_collector = files(tmp_path)
    assert of_collector.relative_to(tmp_path).parts[:2] == (COLLECTOR, "2026-01-05")
    assert of_exporter.relative_to(tmp_path).parts[:2] == ("192.0.2.1", "2026-01-05")
    assert decoded(of_collector) == ({"dropped_by_kernel": 22}, True)
    assert decoded(of_exporter) == ({"unwritten_by_collector": 5}, True)
    assert not lost.write(NOON)
    today = lost.counts.of(TODAY)
    assert (today.lost, today.dropped_told, today.unwritten_told) == (27, 22, 5)


def test_what_can_t_be_written_waits_and_is_told_once(tmp_path: Path) -> None:
    lost = losses(tmp_path)
    in_the_way = tmp_path / COLLECTOR
    in_the_way.write_text("a file", encoding="utf-8")
    lost.drop(TODAY, 7)
    with pytest.raises(OSError):
        lost.write(NOON)
    in_the_way.unlink()
    lost.drop(TODAY, 1)
    assert lost.write(NOON)
    [file] = files(tmp_path)
    assert decoded(file)[0] == {"dropped_by_kernel": 8}


def test_what_a_killed_collector_counted_and_did_not_tell_is_taken_up_of_two_days(tmp_path: Path) -> None:
    lost = losses(
        tmp_path,
        {
            TODAY: DayCounts(dropped=9, unwritten=4, dropped_told=3, unwritten_told=4),
            YESTERDAY: DayCounts(unwritten=2),
            date(2026, 1, 3): DayCounts(dropped=100),
        },
    )
    lost.take_up(TODAY)
    assert lost.write(NOON)
    told = {path.parent.name: decoded(path)[0] for path in files(tmp_path)}
    assert told == {"2026-01-05": {"dropped_by_kernel": 6}, "2026-01-04": {"unwritten_by_collector": 2}}
    assert lost.counts.of(YESTERDAY).unwritten_told == 2


@pytest.mark.parametrize("value", [-1, 1 << 49, 1.5, True, "20", None])
def test_what_is_not_a_number_of_datagrams_is_malformed(tmp_path: Path, value: object) -> None:
    path = tmp_path / "one.losses.json"
    path.write_text(json.dumps({"netstats_collect_losses": 1, "dropped_by_kernel": value}), encoding="utf-8")
    assert decoded(path) == ({"malformed": 1}, True)


@pytest.mark.parametrize("rest", ["", ' "dropped_by_kernel": 2', ' "a": ' + "[" * 4000])
def test_a_file_that_is_cut_is_refused_by_name(tmp_path: Path, rest: str) -> None:
    path = tmp_path / "one.losses.json"
    path.write_text('{"netstats_collect_losses": 1,' + rest, encoding="utf-8")
    with pytest.raises(
        NotAnExport, match=r"one\.losses\.json: is not one line of a collector's losses; fetch it again"
    ):
        list(decode_files([path], DecoderState()))
