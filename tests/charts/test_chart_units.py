"""Numbers and their units as people read them."""

from datetime import date
from decimal import Decimal

import pytest

from assets.reports.charts import _units

SPACE = _units.THIN_SPACE


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 bit"),
        (1, "1 bit"),
        (999, "999 bit"),
        (999.6, "1.00 kbit"),
        (1000, "1.00 kbit"),
        (12_345_678, "12.3 Mbit"),
        (999_499, "999 kbit"),
        (999_500, "1.00 Mbit"),
        (Decimal(38_700) * 10**12, "38.7 Pbit"),
        (Decimal(10) ** 38, "100000000000000 Ybit"),
        (-1_500, "\u22121.50 kbit"),
        (0.25, "0.250 bit"),
    ],
)
def test_bits_have_three_digits_and_a_decimal_prefix(value: _units.Number, text: str) -> None:
    assert _units.bits(value) == text.replace(" ", SPACE)


def test_rates_and_magnitude_name_their_unit() -> None:
    assert _units.bits_per_second(1.2e12) == f"1.20{SPACE}Tbit/s"
    assert _units.magnitude(9.7e12) == f"9.70{SPACE}Tbit/IP"


def test_round_ticks_lose_digits_that_tell_nothing() -> None:
    assert _units.tick(20e15, "bit") == f"20{SPACE}Pbit"
    assert _units.tick(2.5e12, "bit") == f"2.5{SPACE}Tbit"
    assert _units.tick(100e9, "bit") == f"100{SPACE}Gbit"
    assert _units.tick(1, "bit") == f"1{SPACE}bit"


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.496, "49.6%"), (0, "0.0%"), (0.0001, "<0.1%"), (1, "100.0%"), (-0.02, "\u22122.0%")],
)
def test_shares_are_percent(share: float, text: str) -> None:
    assert _units.percent(share) == text


def test_differences_of_shares_are_points() -> None:
    assert _units.percentage_points(0.134) == "+13.4 points"
    assert _units.percentage_points(-0.014) == "\u22121.4 points"
    assert _units.percentage_points(0.00001) == "0.0 points"


def test_relative_change_turns_into_times_from_ten_on() -> None:
    assert _units.relative_change(137, 100) == "+37%"
    assert _units.relative_change(90, 100) == "\u221210%"
    assert _units.relative_change(1230, 100) == "12.3 times"
    assert _units.relative_change(5, 0) == _units.NO_VALUE


def test_counts_are_written_in_full_until_a_million() -> None:
    assert _units.count(1_234_567) == "1,234,567"
    assert _units.count(12.25) == "12.2"
    assert _units.compact_count(253_968) == "253,968"
    assert _units.compact_count(1_234_567) == f"1.23{SPACE}M"


def test_a_columns_name_tells_its_unit() -> None:
    assert _units.by_column("bits", Decimal(10**12)) == f"1.00{SPACE}Tbit"
    assert _units.by_column("bits_per_second_p95", 1e9) == f"1.00{SPACE}Gbit/s"
    assert _units.by_column("share_of_bits", 0.5) == "50.0%"
    assert _units.by_column("magnitude_daily_average", 1e9) == f"1.00{SPACE}Gbit/IP"
    assert _units.by_column("unique_ips", 4100) == "4,100"
    assert _units.by_column("month", date(2025, 10, 1)) == "2025-10-01"
    assert _units.by_column("is_low_precision", True) == "yes"
    assert _units.by_column("bits", None) == _units.NO_VALUE


def test_a_difference_is_in_the_unit_of_its_column() -> None:
    assert _units.difference("share_of_bits", 0.496, 0.362) == "+13.4 points"
    assert _units.difference("bits", 1.5e12, 1e12) == f"+500{SPACE}Gbit (+50%)"
    assert _units.difference("bits", 1e12, 1.5e12) == f"\u2212500{SPACE}Gbit (\u221233%)"


def test_an_unknown_sampling_interval_is_not_one() -> None:
    assert _units.one_in(None) == "unknown"
    assert _units.one_in(1000.0) == "1 in 1,000"
    assert _units.one_in(512.5) == "1 in 512.5"
