"""The page's own roundings, written again: bits, shares, counts, differences, and how names stand in sentences.

Belongs here: the text of one value. Does not belong here: the value (page_facts).
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

THIN, MINUS, NONE = "\u202f", "\u2212", "\u2013"


def si(value: Any, unit: str = "bit") -> str:
    """Three significant digits with a decimal prefix."""
    exact = Decimal(value) if not isinstance(value, float) else Decimal(repr(value))
    size = abs(exact)
    if size == 0:
        return f"0{THIN}{unit}"
    shown = Decimal(f"{size:.2e}")
    step = min(max(shown.adjusted() // 3, 0), 8)
    places = 2 - (shown.adjusted() - 3 * step)
    prefix = ("", "k", "M", "G", "T", "P", "E", "Z", "Y")[step]
    return f"{MINUS if exact < 0 else ''}{shown.scaleb(-3 * step):.{max(places, 0)}f}{THIN}{prefix}{unit}"


def percent(share: float) -> str:
    return "<0.1%" if 0 < share < 0.0005 else f"{share * 100:.1f}%".replace("-", MINUS)


def small_percent(error: float) -> str:
    return "<0.01%" if 0 < error < 0.00005 else f"{error * 100:.2f}%"


def times(ratio: float) -> str:
    return f"{ratio:,.0f} times" if ratio >= 9.95 else f"{ratio:.1f} times"


def count(value: float) -> str:
    sign = MINUS if value < 0 else ""
    return f"{sign}{abs(value):,.0f}" if abs(value) >= 100 or value == int(value) else f"{sign}{abs(value):,.1f}"


def signed(value: float, text: str) -> str:
    """A rounded size with its sign, and none where it rounds to zero."""
    return text if float(text) == 0 else ("+" if value > 0 else MINUS) + text


def written(column: str, value: Any) -> str:
    """A cell of a table in the unit that its column's name tells."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, str | date):
        return str(value)
    if column.startswith(("share_", "relative_standard_error")):
        return percent(float(value))
    for start, unit in (("bits_per_second", "bit/s"), ("bits", "bit"), ("magnitude", "bit/IP")):
        if column.startswith(start):
            return si(value, unit)
    if column.startswith("bytes_"):
        return si(value, "B")
    if column.startswith(("top_10_", "persistent_share", "new_share")):
        return percent(float(value))
    if column in {"hhi", "address_hhi"}:
        return f"{float(value):.3f}"
    return count(float(value))


def inside(label: str) -> str:
    return label if label[:2].isupper() else label[0].lower() + label[1:]


def listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def nearly(part: int, whole: int) -> str:
    """A part of nearly all: three decimals from 99.9% on, and 100% only where it is whole."""
    share = part / whole
    if part == whole:
        return "100%"
    return f"{min(share, 0.99999) * 100:.3f}%" if share > 0.999 else f"{share * 100:.1f}%"
