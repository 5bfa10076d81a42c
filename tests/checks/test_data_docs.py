"""What suites find is kept for each run, and can be read as a page that asks no other site for anything."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

from assets.ground.partitions import Calendar
from assets.ground.workspace import Workspace
from checks.data_docs import keep_result, results_folder, write_pages
from checks.expectations import Expected, validate

SUITE = [Expected("ExpectColumnValuesToNotBeNull", "bits"), Expected("ExpectTableRowCountToEqual", None, {"value": 2})]


def test_each_result_is_kept_and_the_newest_is_a_page_of_its_own(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "operator", tmp_path / "state", tmp_path, Calendar(date(2026, 1, 1)))
    assert write_pages(workspace, tmp_path / "docs") == []
    for hour, bits in ((1, 5.0), (2, None)):
        found = validate("marts.of_types", [{"bits": 1.0}, {"bits": bits}], SUITE)
        keep_result(workspace, "marts.of_types", found.result, datetime(2026, 1, 19, hour, tzinfo=UTC))
    assert len(list(results_folder(workspace).glob("marts.of_types/*.json"))) == 2
    index, page = write_pages(workspace, tmp_path / "docs")
    assert re.findall(r"<td>([^<]*)</td>", index.read_text()) == [
        *("2026-01-19T02-00-00-000000", "1 of 2"),
        *("2026-01-19T01-00-00-000000", "2 of 2"),
    ]
    text = page.read_text()
    assert re.findall(r'<(?:link|script|img)[^>]*(?:href|src)="http[^>]*>', text) == []
    assert re.search(r"must never be null", text)
