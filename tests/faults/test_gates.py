"""Every check is seen to shut its gate, and to open it again: by limits that nothing can meet, all that block."""

import csv
import re

import pytest

from assets.operator.limits import SharedLimit
from assets.warehouse.gates import ORDER, GateShutError, refuse_behind_shut_gates
from assets.warehouse.ledger import shut_gates
from checks._topic import TopicCheck, run_together
from tests.faults.good_world import Broken
from tests.faults.test_good_world import CHECKS

# No interval changes in the good world, its registry is none of the five, and it names no lists; their faults give them
# rows.
NOTHING_TO_LOOK_AT = {
    "flow_records.sampling_steps_are_real",
    "registries.all_regional_registries_answer",
    "registries.lists_say_something",
}
GUARDS = [check for name, check in CHECKS.items() if not name.startswith("reports.")]


def limits(broken: Broken, checks: list[TopicCheck]) -> None:
    """Each check blocks, at a limit that nothing can meet."""
    with (broken.workspace.operator_folder / "check_limits.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["check", "limit", "severity", "reason", "decided_on"])
        for check in checks:
            limit = -1 if check.expected.is_ceiling else 1e9
            rows.writerow([check.default.check, limit, "block", "tests", "2026-01-01"])


@pytest.fixture
def any_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """What SQL goes by, too, has a range; nothing in it is a limit that nothing can meet."""
    monkeypatch.setattr(SharedLimit, "may_be", lambda _, number: number is not None)


@pytest.mark.usefixtures("any_number")
def test_every_check_shuts_off_what_comes_after_its_asset_until_it_passes(broken: Broken) -> None:
    limits(broken, GUARDS)
    results = run_together(broken.workspace, GUARDS)
    looked_at = {
        check.default.check: check
        for check, result in zip(GUARDS, results, strict=True)
        if result.metadata["rows_checked"].value
    }
    assert {check.default.check for check in GUARDS} - looked_at.keys() == NOTHING_TO_LOOK_AT
    shut = shut_gates(broken.workspace.warehouse)
    assert shut.keys() == looked_at.keys()
    for name, check in looked_at.items():
        layer = check.asset.path[0]
        assert shut[name][0] == check.asset.to_user_string()
        with pytest.raises(GateShutError, match=re.escape(name)):
            refuse_behind_shut_gates(broken.workspace, ORDER[ORDER.index(layer) + 1])
    (broken.workspace.operator_folder / "check_limits.csv").unlink()
    run_together(broken.workspace, GUARDS)
    assert shut_gates(broken.workspace.warehouse) == {}
    refuse_behind_shut_gates(broken.workspace, "published")


def test_every_check_that_blocks_by_default_has_a_fault_that_shuts_it() -> None:
    from tests.faults.catalogue import FAULTS

    blocking = {name for name, check in CHECKS.items() if check.default.severity == "block"}
    assert blocking - {fault.check for fault in FAULTS if fault.blocks} == set()
