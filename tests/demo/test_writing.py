"""Exports are written once, the same each time, and anew when what they are made from changes."""

import hashlib
from pathlib import Path

import yaml

from demo import ExportsWritten, write_operator_exports
from tests.demo.conftest import Reduced, operator_copy, reduced_scenario


def contents(operator: Path) -> dict[str, str]:
    exports = operator / "exports"
    return {
        str(path.relative_to(exports)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(exports.rglob("*"))
        if path.is_file()
    }


def test_writing_again_does_nothing(reduced: Reduced) -> None:
    files = sorted((reduced.operator / "exports").rglob("*.*"))
    before = [path.stat().st_mtime_ns for path in files]
    again = write_operator_exports(reduced.operator, scenario_file=reduced.scenario_file)
    assert again == ExportsWritten(**{**vars(reduced.written), "is_current": True})
    assert [path.stat().st_mtime_ns for path in files] == before
    assert (again.days, again.files) == (3, 30)
    exports = (path for router in reduced.scenario.routers for path in reduced.files(router))
    assert again.bytes == sum(path.stat().st_size for path in exports)


def test_same_input_same_bytes_whatever_a_killed_run_left(reduced: Reduced, tmp_path: Path) -> None:
    operator, progress = operator_copy(tmp_path / "operator"), list[tuple[int, int]]()
    leftover = operator / ".exports.writing" / "2025-10-20" / "killed.pcap"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half of a file")
    write_operator_exports(operator, lambda done, total: progress.append((done, total)), reduced.scenario_file)
    assert contents(operator) == contents(reduced.operator)
    assert progress == [(files, 20) for files in range(2, 21, 2)]
    assert not leftover.exists()


def test_another_scenario_takes_the_place_of_the_exports(tmp_path: Path) -> None:
    operator, scenario_file = operator_copy(tmp_path / "operator"), tmp_path / "scenario.yaml"
    (operator / "exports" / "2025-09-01").mkdir(parents=True)
    (operator / "exports" / "fingerprint.txt").write_text("of another scenario", encoding="utf-8")
    told = reduced_scenario() | {"flows_per_router_and_day": 30}
    told["routers"] = {name: row for name, row in told["routers"].items() if name in {"smf-1", "phx-1"}}
    scenario_file.write_text(yaml.safe_dump(told), encoding="utf-8")
    written = write_operator_exports(operator, scenario_file=scenario_file)
    assert (written.is_current, written.days, written.files) == (False, 3, 6)
    assert not (operator / "exports" / "2025-09-01").exists()
