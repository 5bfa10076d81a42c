"""What one cell may hold: each parser takes text and returns a value, or raises ValueError with a remedy.

Belongs here: rules on one value. Does not belong here: rules that need another row or file.
"""

import ipaddress
import math
import re
from collections.abc import Callable, Collection
from datetime import date, datetime

from assets.ground.addresses import IPAddress, IPNetwork
from assets.ground.addresses import parse_address as read_address
from assets.ground.addresses import parse_prefix as read_prefix

AS_NUMBER_MAX = 2**32 - 1


def text(cell: str) -> str:
    return cell


def name_of_folder(cell: str) -> str:
    """A name that may stand for `{exporter}` in an address."""
    if cell in {".", ".."} or re.search(r"[/\\\x00-\x1f]", cell):
        raise ValueError("can't be part of a path; leave out slashes and control characters")
    return cell


def day(cell: str) -> date:
    try:
        return datetime.strptime(cell, "%Y-%m-%d").date()
    except ValueError:
        raise ValueError("is not a date; write it as YYYY-MM-DD") from None


def address(cell: str) -> IPAddress:
    try:
        return read_address(cell)
    except ValueError:
        raise ValueError("is not an IP address; write one such as 192.0.2.1 or 2001:db8::1") from None


def prefix(cell: str) -> IPNetwork:
    try:
        return read_prefix(cell)
    except ValueError:
        raise ValueError(f"is not a prefix; {_prefix_remedy(cell)}") from None


def _prefix_remedy(cell: str) -> str:
    try:
        meant = ipaddress.ip_network(cell, strict=False)
    except ValueError:
        return "write one such as 192.0.2.0/24 or 2001:db8::/32"
    return f"bits are set behind its length; write {meant} or a longer prefix"


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(cell: str) -> int:
        if not re.fullmatch(r"-?[0-9]+", cell) or not lowest <= int(cell) <= highest:
            raise ValueError(f"is out of bounds; write a whole number from {lowest} to {highest}")
        return int(cell)

    return parse


def number(lowest: float, highest: float = math.inf) -> Callable[[str], float]:
    bounds = f" {lowest:.15g} or more" if highest == math.inf else f" from {lowest:.15g} to {highest:.15g}"
    if lowest == -math.inf:
        bounds = ""

    def parse(cell: str) -> float:
        try:
            value = float(cell)
        except ValueError:
            value = math.nan
        if not math.isfinite(value) or not lowest <= value <= highest:
            raise ValueError(f"is out of bounds; write a number{bounds}")
        return value

    return parse


def one_of(values: Collection[str]) -> Callable[[str], str]:
    def parse(cell: str) -> str:
        if cell not in values:
            raise ValueError(f"is unknown; write one of {', '.join(sorted(values))}")
        return cell

    return parse


def check_name(cell: str) -> str:
    if not re.fullmatch(r"[a-z0-9_*]+\.[a-z0-9_*]+", cell):
        raise ValueError("names no check; write <topic>.<check>, with * for any, such as marts.*")
    return cell
