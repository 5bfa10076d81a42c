from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assets.ground.partitions import Calendar
from assets.ground.quarters import LONGEST_FLOW, Quarter, days_between, quarters_of_export_day
from assets.operator.limits import LARGEST

MEASURES = Path(__file__).parents[1] / "dbt_project" / "macros" / "measures.sql"


@pytest.mark.parametrize(
    ("day", "quarter", "began_on", "ended_on"),
    [
        (date(2025, 1, 1), "2025Q1", date(2025, 1, 1), date(2025, 3, 31)),
        (date(2025, 9, 30), "2025Q3", date(2025, 7, 1), date(2025, 9, 30)),
        (date(2025, 12, 31), "2025Q4", date(2025, 10, 1), date(2025, 12, 31)),
    ],
)
def test_a_day_lies_in_its_calendar_quarter(day, quarter, began_on, ended_on):
    found = Quarter.of(day)
    assert (str(found), found.began_on, found.ended_on) == (quarter, began_on, ended_on)


def test_quarters_follow_each_other_over_the_year():
    assert str(Quarter(2025, 4).next) == "2026Q1"
    assert str(Quarter(2025, 1).previous) == "2024Q4"


def test_a_quarter_is_read_from_its_label_and_from_its_partition_key():
    assert Quarter.parse("2025Q4") == Quarter.parse("2025-10-01") == Quarter(2025, 4)


@pytest.mark.parametrize("text", ["2025Q5", "Q4", "2025-10-02", "last"])
def test_what_is_no_quarter_is_refused_with_the_right_form(text):
    with pytest.raises(ValueError, match="write it like 2025Q4"):
        Quarter.parse(text)


def test_the_first_export_days_of_a_quarter_belong_to_the_quarter_before_as_well():
    """A flow of a day that is exported at 00:02 on 2 January, by a clock 300 s off, began on 31 December."""
    assert [str(quarter) for quarter in quarters_of_export_day(date(2026, 1, 1))] == ["2025Q4", "2026Q1"]
    assert [str(quarter) for quarter in quarters_of_export_day(date(2026, 1, 2))] == ["2025Q4", "2026Q1"]
    assert [str(quarter) for quarter in quarters_of_export_day(date(2026, 1, 3))] == ["2026Q1"]


def test_no_flow_that_counts_began_longer_before_its_export_than_quarters_look_back():
    timeout = "{% macro longest_active_timeout_s() %}86400{% endmacro %}"
    assert timeout in MEASURES.read_text(encoding="utf-8")
    assert timedelta(seconds=86_400 + LARGEST["seconds"]) <= LONGEST_FLOW


def test_partitions_begin_with_tracking():
    calendar = Calendar(date(2025, 8, 1))
    now = datetime(2025, 11, 3, 12, tzinfo=UTC)
    assert calendar.days.get_first_partition_key() == "2025-08-01"
    assert calendar.quarters.get_partition_keys(now) == ["2025-07-01", "2025-10-01"]


def test_days_between_holds_both_ends():
    assert days_between(date(2025, 8, 30), date(2025, 9, 1)) == [
        date(2025, 8, 30),
        date(2025, 8, 31),
        date(2025, 9, 1),
    ]
