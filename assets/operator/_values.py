"""What a value of operator.yaml may be.

Each judge takes what YAML read and returns it typed, or raises ValueError with the remedy.
Belongs here: rules on one value. Does not belong here: which key holds what (_settings).
"""

import re
import zoneinfo
from collections.abc import Callable, Collection
from datetime import date
from typing import TypeVar

from assets.operator import addresses
from assets.operator import cells as cells

Value = TypeVar("Value")
Judge = Callable[[object], Value]


def shown(value: object) -> str:
    """A value as an error names it, cut short."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("is not text; write some, in quotation marks if it looks like a number")
    return value.strip()


def truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither; write true or false")
    return value


def entry_list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("is not a list; write one entry a line, each after `- `")
    return value


def mapping(value: object) -> dict[object, object]:
    if not isinstance(value, dict):
        raise ValueError("has no keys; write them below it, indented")
    return value


def day(value: object) -> date:
    if not isinstance(value, str):
        raise ValueError("is not a date; write it as YYYY-MM-DD")
    return cells.day(value)


def whole_number(lowest: int, highest: int) -> Judge[int]:
    def judge(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise ValueError(f"is out of bounds; write a whole number from {lowest} to {highest}")
        return value

    return judge


def share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError("is out of bounds; write a number above 0 and up to 1")
    return float(value)


def as_numbers(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise ValueError("is not a list; write AS numbers such as [64496, 64497]")
    judge = whole_number(1, cells.AS_NUMBER_MAX)
    numbers = tuple(judge(number) for number in value)
    if len(set(numbers)) < len(numbers):
        raise ValueError("names an AS twice; name each once")
    return numbers


def one_of(values: Collection[str]) -> Judge[str]:
    def judge(value: object) -> str:
        return cells.one_of(values)(text(value))

    return judge


def timezone(value: object) -> str:
    name = text(value)
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is not a time zone; write an IANA name such as America/Los_Angeles or UTC") from None
    return name


def address(value: object) -> str:
    return addresses.judged(text(value))


def environment_name(value: object) -> str:
    name = text(value)
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name):
        raise ValueError("is not a name of the environment; put the secret there and write its name, such as PAGER")
    return name
