"""What the address of a source of flows may hold, and what it means on a day.

`{date}` is a day as YYYY-MM-DD, `{date:%Y%m%d}` one written otherwise, `{exporter}` a router's address or name; `*` and
`?` stand for what the names of files and folders may differ in; `s3://` and the like begin one on another machine.
Belongs here: the grammar of addresses. Does not belong here: looking for files (assets.exports.sources,
assets.exports.layout).
"""

import fnmatch
import pkgutil
import re
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

ISO_DAY = "%Y-%m-%d"
HOLE = re.compile(r"\{[^}]*\}?")
DATE_HOLE = re.compile(r"\{date(?::([^}]*))?\}")
EXPORTER_HOLE = "{exporter}"
DIRECTIVES = {"%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{2}", "%d": r"\d{2}", "%j": r"\d{3}"}
DIRECTIVE = re.compile(r"%.?")
YEARS, DAYS_OF_YEAR = ({"%Y"}, {"%y"}), ({"%m", "%d"}, {"%j"})
HOLES = "only {date}, {date:%Y%m%d} and the like, and {exporter} are filled in"
WILDCARD = re.compile(r"[*?]")
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
KINDS_OF_SOURCES = Path(__file__).parents[1] / "exports" / "sources"


def judged(address: str) -> str:
    """The address as it was given; ValueError with the remedy if a hole or a wildcard of it means nothing."""
    for hole in HOLE.findall(address):
        if hole != EXPORTER_HOLE and not DATE_HOLE.fullmatch(hole):
            raise ValueError(f"holds {hole}; {HOLES}")
    if is_remote(address):
        _judge_remote(address)
    if "**" in address:
        raise ValueError("holds **; write one * for each folder, and none for what lies below: it is read as well")
    formats = date_formats(address)
    if formats:
        _judge_formats(formats)
    return address


def is_remote(address: str) -> bool:
    """Whether the address begins with a scheme, so that its files lie on another machine."""
    return SCHEME.match(address) is not None


def scheme_of(address: str) -> str:
    """The scheme of a remote address, such as `s3`."""
    return address.partition("://")[0].lower()


def schemes() -> list[str]:
    """The schemes that are known: each has a module of its name (assets/exports/sources)."""
    found = pkgutil.iter_modules([str(KINDS_OF_SOURCES)])
    return sorted(module.name for module in found if not module.name.startswith("_"))


def split_remote(address: str) -> tuple[str, str]:
    """The folder of another machine that is the same on all days, and what of the address follows: at least a name."""
    scheme, _, rest = address.partition("://")
    first, *parts = [part for part in rest.split("/") if part]
    fixed = next((at for at, part in enumerate(parts) if HOLE.search(part) or has_wildcard(part)), len(parts) - 1)
    return f"{scheme}://{'/'.join([first, *parts[:fixed]])}", "/".join(parts[fixed:])


def _judge_remote(address: str) -> None:
    if scheme_of(address) not in schemes():
        raise ValueError(f"begins with {scheme_of(address)}://; write a folder, or {', '.join(schemes())} before ://")
    host, *parts = [part for part in address.partition("://")[2].split("/") if part] or [""]
    if not host or HOLE.search(host) or has_wildcard(host):
        raise ValueError("does not name its bucket or host; write it out after ://")
    if not parts:
        raise ValueError("names no folder; write the folder of a day after the bucket or host, such as flows/{date}")
    if {".", ".."} & {*parts}:
        raise ValueError("holds . or .. as a folder; write where it leads")
    if urlsplit(f"remote://{host}").password is not None:
        raise ValueError("holds a password; take it out, and see docs/operate.md for where credentials come from")


def _judge_formats(formats: list[str]) -> None:
    directives = {directive for one in formats for directive in DIRECTIVE.findall(one)}
    unknown = sorted(directives - DIRECTIVES.keys())
    if unknown:
        raise ValueError(f"holds {unknown[0]} in a date; write {', '.join(DIRECTIVES)}, and * for hours and minutes")
    if not any(year <= directives for year in YEARS) or not any(days <= directives for days in DAYS_OF_YEAR):
        raise ValueError("does not tell a day by its dates; write year, month and day, such as {date:%Y%m%d}")


def date_formats(address: str) -> list[str]:
    """How each date of an address is written; none if it is the same on every day."""
    return [hole.group(1) or ISO_DAY for hole in DATE_HOLE.finditer(address)]


def is_dated(address: str) -> bool:
    """Whether the address is another one on each day."""
    return bool(date_formats(address))


def on_day(address: str, day: date) -> str:
    """The address with its dates filled in."""
    return DATE_HOLE.sub(lambda hole: day.strftime(hole.group(1) or ISO_DAY), address)


def split_at_wildcard(address: str) -> tuple[str, tuple[str, ...]]:
    """What of a day's address stands before its first part with a wildcard, and that part and those behind it."""
    parts = address.split("/")
    first = next((number for number, part in enumerate(parts) if has_wildcard(part)), len(parts))
    return "/".join(parts[:first]) or ("/" if address.startswith("/") else "."), tuple(filter(None, parts[first:]))


def parts_of(address: str) -> list[str]:
    """The parts of an address between slashes; a date that is written with slashes is parted too."""

    def parted(hole: re.Match[str]) -> str:
        return (hole.group(0)).replace("/", "}/{date:")

    return [part for part in DATE_HOLE.sub(parted, address).split("/") if part]


def has_wildcard(part: str) -> bool:
    return WILDCARD.search(part) is not None


def matches(name: str, pattern: str) -> bool:
    """Whether a name is what a part of an address with wildcards means; brackets are just brackets."""
    return fnmatch.fnmatchcase(name, pattern.replace("[", "[[]"))


def expression_of(part: str) -> re.Pattern[str]:
    """A part of an address as an expression whose groups `Y1`, `m1` ... hold what stands in its dates.

    A directive that stands twice has groups `m1`, `m2`; `exporter` is the group of `{exporter}`.
    """
    counts: dict[str, int] = {}
    pieces = re.split(r"(\{[^}]*\}|[*?])", part)
    return re.compile("".join(_piece(piece, counts) for piece in pieces))


def _piece(piece: str, counts: dict[str, int]) -> str:
    if (hole := DATE_HOLE.fullmatch(piece)) is not None:
        pieces = re.split(r"(%.)", hole.group(1) or ISO_DAY)
        return "".join(_directive(one, counts) if one in DIRECTIVES else re.escape(one) for one in pieces)
    if piece == EXPORTER_HOLE:
        return "(?P<exporter>[^/]+)"
    return {"*": "[^/]*", "?": "[^/]"}.get(piece) or re.escape(piece)


def _directive(directive: str, counts: dict[str, int]) -> str:
    counts[directive] = counts.get(directive, 0) + 1
    return f"(?P<{directive[1]}{counts[directive]}>{DIRECTIVES[directive]})"
