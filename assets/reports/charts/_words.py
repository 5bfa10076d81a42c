"""Small grammar for sentences that are computed from data: lists, months, names inside a sentence.

Belongs here: words. Does not belong here: numbers and their units (`_units`).
"""

import re
from collections.abc import Sequence
from datetime import date

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
# Characters that nobody sees, or that change how the text around them is read.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def seen(text: str) -> str:
    """A text of which every character shows: those that only steer what is around them become a mark."""
    return UNSEEN.sub("\ufffd", text)


def listed(names: Sequence[str]) -> str:
    """Names as a list in a sentence: "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def month_name(month: date) -> str:
    """A month by name: "October"."""
    return MONTHS[month.month - 1]


def inside(label: str) -> str:
    """A label as it stands inside a sentence: "Neocloud" -> "neocloud", while "CDN" stays."""
    return label[0].lower() + label[1:] if label[:1].isupper() and label[1:2].islower() else label


def opening(text: str) -> str:
    """Text as it opens a sentence: its first letter a capital."""
    return text[:1].upper() + text[1:]


def readable(identifier: str) -> str:
    """A snake_case name as words: "other_clouds" -> "Other clouds"."""
    return opening(identifier.replace("_", " "))


def counted(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: "1 cell", "3 cells"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def if_told(is_any_withheld: bool) -> str:
    """What a superlative needs beside cells that are withheld: " that is told"."""
    return " that is told" if is_any_withheld else ""
