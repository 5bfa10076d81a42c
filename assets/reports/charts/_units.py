"""How numbers are written for people: bits, rates, magnitude, counts, shares and differences.

Belongs here: the text of one number and its unit, and which unit a column's name tells. Does not belong here:
any arithmetic on traffic.
"""

import math
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

Number = int | float | Decimal
Cell = str | int | float | Decimal | bool | date | None

PREFIXES = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")
MINUS = "\u2212"
THIN_SPACE = "\u202f"
WITHHELD = "withheld"
NO_VALUE = "\u2013"


def with_prefix(value: Number, unit: str) -> str:
    """A number in three significant digits with a decimal SI prefix: 1234567, "bit" -> "1.23 Mbit"."""
    size = abs(float(value))
    sign = MINUS if value < 0 else ""
    if size == 0:
        return f"0{THIN_SPACE}{unit}".strip()
    step = 0 if size < 1 else min(int(math.log10(size) // 3), len(PREFIXES) - 1)
    scaled = float(f"{size / 1000**step:.3g}")
    if scaled >= 1000 and step + 1 < len(PREFIXES):
        step, scaled = step + 1, scaled / 1000
    digits = min(max(0, 2 - math.floor(math.log10(scaled))), 4)
    text = f"{scaled:.{digits}f}"
    if step == 0 and float(value).is_integer():
        text = f"{size:.0f}"
    return f"{sign}{text}{THIN_SPACE}{PREFIXES[step]}{unit}".rstrip()


def tick(value: Number, unit: str) -> str:
    """A round value beside an axis, without digits that tell nothing: "20 Pbit"."""
    number, space, rest = with_prefix(value, unit).partition(THIN_SPACE)
    return f"{number.rstrip('0').rstrip('.') if '.' in number else number}{space}{rest}"


def bits(value: Number) -> str:
    """An amount of traffic: "12.3 Pbit"."""
    return with_prefix(value, "bit")


def bits_per_second(value: Number) -> str:
    """A rate: "1.21 Tbit/s"."""
    return with_prefix(value, "bit/s")


def magnitude(value: Number) -> str:
    """Bits for each unique peer address: "41.2 Gbit/IP"."""
    return with_prefix(value, "bit/IP")


def data_size(value: Number) -> str:
    """A size in bytes: "12.3 GB"."""
    return with_prefix(value, "B")


def count(value: Number) -> str:
    """A count in full, with separators: "1,234,567"; a mean of counts keeps one decimal below 100."""
    size = abs(float(value))
    sign = MINUS if value < 0 else ""
    return f"{sign}{size:,.0f}" if size >= 100 or size.is_integer() else f"{sign}{size:,.1f}"


def index(value: Number) -> str:
    """An index between 0 and 1: "0.408"."""
    return f"{float(value):.3f}"


def compact_count(value: Number) -> str:
    """A count that fits a cell: in full below a million, then "1.23 M"."""
    return count(value) if abs(float(value)) < 1_000_000 else with_prefix(value, "")


def percent(value: Number) -> str:
    """A share between 0 and 1 as "49.6%"; what would round to nothing is "<0.1%"."""
    share = float(value)
    return "<0.1%" if 0 < share < 0.0005 else f"{share:.1%}".replace("-", MINUS)


def percentage_points(value: Number) -> str:
    """A difference of two shares: "+13.4 points"."""
    return f"{_signed(float(value) * 100, '.1f')} points"


def relative_change(value: Number, previous: Number) -> str:
    """How much a value grew or fell: "+37%", "12.3 times" from ten on; no value without a previous one."""
    if not previous:
        return NO_VALUE
    ratio = float(value) / float(previous)
    return f"{ratio:.3g} times" if ratio >= 10 else f"{_signed((ratio - 1) * 100, '.0f')}%"


def times(ratio: float) -> str:
    """A ratio inside a sentence: "12 times", "1.8 times"."""
    return f"{ratio:,.0f} times" if ratio >= 9.95 else f"{ratio:.1f} times"


def one_in(sampling_interval: Number | None) -> str:
    """A sampling interval as "1 in 1,000"; no value is "unknown"."""
    return "unknown" if sampling_interval is None else f"1 in {float(sampling_interval):,.6g}"


def _signed(value: float, form: str) -> str:
    text = f"{abs(value):{form}}"
    if float(text) == 0:
        return text
    return f"+{text}" if value > 0 else f"{MINUS}{text}"


# The first part of a column's name that fits tells its unit (one name for one quantity, everywhere).
_BY_COLUMN: tuple[tuple[str, Callable[[Number], str]], ...] = (
    ("share_", percent),
    ("previous_share_", percent),
    ("relative_standard_error", percent),
    ("bits_per_second", bits_per_second),
    ("bits", bits),
    ("magnitude", magnitude),
    ("unique_ips", count),
    ("bytes_", data_size),
    ("persistent_share", percent),
    ("new_share", percent),
    ("top_10_", percent),
    ("address_hhi", index),
    ("hhi", index),
)


def by_column(column: str, value: Cell) -> str:
    """A table's cell as text, in the unit that the column's name tells."""
    if value is None:
        return NO_VALUE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value
    return next((form for prefix, form in _BY_COLUMN if column.startswith(prefix)), count)(value)


def or_withheld(column: str, value: Cell) -> str:
    """The same of a column that is empty only where its cell is withheld."""
    return WITHHELD if value is None else by_column(column, value)


def difference(column: str, value: Number, previous: Number) -> str:
    """A difference in its column's unit: points for shares, else the signed amount and its relation."""
    change = float(value) - float(previous)
    if column.startswith("share_"):
        return percentage_points(change)
    amount = by_column(column, change)
    return f"{'+' if change > 0 else ''}{amount} ({relative_change(value, previous)})"
