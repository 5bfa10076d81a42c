"""An error is never shown as nothing at all, however small it is."""

from pathlib import Path

import duckdb
from marts_fixture import write_marts

from assets.reports.charts._confidence import read_confidence
from assets.reports.charts._marts import Marts
from assets.reports.charts._report_marts import read_report

QUARTER = "2025Q4"


def test_an_error_of_less_than_a_hundredth_of_a_percent_is_not_zero(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "network_stats.duckdb")
    with duckdb.connect(str(database)) as marts:
        for table in ("network_type_quarterly", "region_network_type_quarterly"):
            marts.execute(
                f"update marts.{table} set relative_standard_error = 0.00002, relative_standard_error_upper = 0.0007"
            )
    with Marts(database) as opened:
        found = read_confidence(opened, read_report(opened, QUARTER))
    assert {(line.error, line.error_upper) for line in found.errors} == {("<0.01%", "0.07%")}
    assert any("median <0.01%, largest <0.01%" in sentence for sentence in found.summary)
