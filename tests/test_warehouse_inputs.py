"""What makes a day of core stale: of an operator's limits the tolerance of clocks, which decides on records."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from assets.ground.lake import Partition
from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from assets.operator import CheckLimit, load_operator, operator_tables
from assets.operator.limits import row_that_holds
from assets.warehouse.inputs import FLOW_RECORDS, day_inputs

DAY = date(2025, 10, 1)
DEMO = Path(__file__).parents[1] / "operators" / "demo"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A lake with the demo's operator folder, and one day without records."""
    made = Workspace(DEMO, tmp_path, tmp_path, Calendar(DAY))
    for name, table in operator_tables(load_operator(DEMO)).items():
        made.lake.write(("operator", name), table, fingerprint="the same")
    made.lake.write(FLOW_RECORDS, pa.table({}), fingerprint="the same", partition=Partition("export_on", DAY))
    return made


def fingerprint(workspace: Workspace, *limits: tuple[str, float | None]) -> str:
    operator = load_operator(DEMO)
    rows = tuple(CheckLimit(check, limit, "warn", "tests", DAY) for check, limit in limits)
    limited = type(operator)(**{**operator.__dict__, "check_limits": rows})
    table = operator_tables(limited)["check_limits"]
    workspace.lake.write(("operator", "check_limits"), table, fingerprint="the same")
    return day_inputs(workspace)[str(DAY)]


def test_a_day_follows_the_tolerance_of_clocks_and_no_other_limit(workspace: Workspace) -> None:
    before = fingerprint(workspace)
    assert fingerprint(workspace, ("verdicts.low_precision", 0.2), ("marts.*", None)) == before
    assert fingerprint(workspace, ("flow_records.*", None)) == before
    assert fingerprint(workspace, ("flow_records.record_clocks_agree", 600)) != before
    assert fingerprint(workspace, ("flow_records.record_clocks_agree", 600), ("flow_records.*", None)) == before
    assert fingerprint(workspace, ("flow_records.record_clocks_agree", 300)) == before, "the project's own"


def test_the_last_pattern_that_fits_holds() -> None:
    assert row_that_holds(["marts.*", "marts.rates_are_ordered", "reports.*"], "marts.rates_are_ordered") == 1
    assert row_that_holds(["marts.*"], "reports.pages_are_whole") is None
