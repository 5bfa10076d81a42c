"""Each fault, put into the good world, is told by the check meant for it, with its severity and in its words."""

import re

import dagster as dg
import pytest

from assets.ground.workspace import Workspace
from assets.reports.bundles import UncheckedPageError, publish_drawn
from assets.warehouse.gates import GateShutError, refuse_behind_shut_gates
from assets.warehouse.ledger import shut_gates
from tests.faults.catalogue import FAULTS, matrix
from tests.faults.fault import Fault
from tests.faults.faults_of_pages import Q4
from tests.faults.good_world import Broken
from tests.faults.test_good_world import CHECKS


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_fault_is_told_by_its_check(broken: Broken, fault: Fault) -> None:
    fault.put(broken)
    broken.made_again()
    told = CHECKS[fault.check].run(broken.workspace)
    assert not told.passed
    assert (told.severity is dg.AssetCheckSeverity.ERROR) is fault.blocks
    assert [word for word in fault.words if word not in (told.description or "")] == [], told.description
    assert is_shut_behind(fault.check, broken.workspace) is fault.blocks


def is_shut_behind(check: str, workspace: Workspace) -> bool:
    """Whether what comes after a check is refused: what is made of its asset, or the page that it looked at."""
    if check.startswith("reports."):
        with pytest.raises(UncheckedPageError, match=re.escape(check)):
            publish_drawn(workspace, Q4)
        return True
    if check not in shut_gates(workspace.warehouse):
        return False
    with pytest.raises(GateShutError, match=re.escape(check)):
        refuse_behind_shut_gates(workspace, "published")
    return True


def test_faults_have_names_of_their_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40


def test_every_check_has_a_fault_that_it_tells() -> None:
    assert sorted(CHECKS.keys() - {fault.check for fault in FAULTS}) == []


def test_the_page_of_checks_is_as_the_catalogue_says() -> None:
    """`python -m tests.faults.catalogue` writes it."""
    text, page = matrix()
    assert page.read_text(encoding="utf-8") == text
