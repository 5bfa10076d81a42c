"""Reading the files of registries: compressed or not, by line or as JSON, with errors that name file and place.

Belongs here: opening, and telling where something was wrong. Does not belong here: any source's format.
"""

import bz2
import gzip
import json
import socket
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import IO, Any, TypeVar

from assets.ground.addresses import MAPPED, bounds
from assets.registry.source import RegistryFormatError

Parsed = TypeVar("Parsed")
Entry = Mapping[str, Any]
"""A JSON object, as it came."""

AS_NUMBER_MAX = 2**32 - 1
LARGEST_COUNT = 2**53
BROKEN = (EOFError, OSError, UnicodeDecodeError, json.JSONDecodeError, zlib.error)
NOT_AS_EXPECTED = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def open_bytes(file: Path) -> IO[bytes] | gzip.GzipFile:
    """Open a file that may be compressed by gzip or bzip2, whatever its name says."""
    with file.open("rb") as content:
        magic = content.read(3)
    if magic[:2] == b"\x1f\x8b":
        return gzip.open(file, "rb")
    if magic == b"BZh":
        return bz2.open(file, "rb")
    return file.open("rb")


@contextmanager
def told_of(file: Path) -> Iterator[None]:
    """Turn what a broken file raises into a RegistryFormatError that names it."""
    try:
        yield
    except RegistryFormatError:
        raise
    except BROKEN as error:
        raise RegistryFormatError(f"{file}: can't be read ({error}); fetch it again") from error


def lines(file: Path, parse: Callable[[str], Iterable[Parsed]]) -> Iterator[Parsed]:
    """What `parse` makes of each line; RegistryFormatError names the line that it can't take."""
    with told_of(file), open_bytes(file) as content:
        for number, line in enumerate(content, start=1):
            text = line.decode().rstrip("\r\n")
            try:
                yield from parse(text)
            except NOT_AS_EXPECTED as error:
                raise RegistryFormatError(f"{file} line {number}: {_shown(text)}: {error}") from error


def document(file: Path) -> Any:
    """The JSON that a file holds."""
    with told_of(file), open_bytes(file) as content:
        return json.load(content)


def entries(
    file: Path, within: Callable[[Any], Iterable[Entry]], parse: Callable[[Entry], Iterable[Parsed]]
) -> Iterator[Parsed]:
    """What `parse` makes of each entry of a JSON file; `within` finds the entries in the document."""
    try:
        found = list(within(document(file)))
    except RegistryFormatError:
        raise
    except NOT_AS_EXPECTED as error:
        raise RegistryFormatError(f"{file}: has not the expected keys ({error!r})") from error
    for number, entry in enumerate(found):
        try:
            yield from parse(entry)
        except NOT_AS_EXPECTED as error:
            raise RegistryFormatError(f"{file} entry {number}: {_shown(str(entry))}: {error!r}") from error


def _shown(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")


def as_number(text: str) -> int:
    """Read `13335` or `AS13335`."""
    number = whole_number(text.removeprefix("AS"))
    if number > AS_NUMBER_MAX:
        raise ValueError(f"{number} is not an AS number")
    return number


def whole_number(text: str) -> int:
    """Read digits and nothing else: `int` takes underscores, signs, blanks and the digits of other scripts as well."""
    if not (text.isascii() and text.isdecimal()):
        raise ValueError(f"{text!r} is not a whole number")
    return int(text)


def count(value: float) -> float:
    """A count as it is told; ValueError if it is negative, not finite, or larger than numbers are exact."""
    if not 0 <= value <= LARGEST_COUNT:
        raise ValueError(f"{value} is not a count")
    return float(value)


def address(text: str) -> bytes:
    """An address in 16 bytes, much faster than through `ipaddress`."""
    try:
        if ":" in text:
            return socket.inet_pton(socket.AF_INET6, text)
        return MAPPED + socket.inet_pton(socket.AF_INET, text)
    except OSError:
        raise ValueError(f"{text!r} is not an address") from None


def prefix(text: str) -> tuple[bytes, bytes]:
    """The first and the last address of a prefix; bits behind its length are an error."""
    return bounds(ip_network(text))


def loose_prefix(text: str) -> tuple[bytes, bytes]:
    """As `prefix`, for feeds written by hand: bits behind the length are dropped."""
    return bounds(ip_network(text, strict=False))


def text_or_none(value: object) -> str | None:
    """A text without the blanks around it; an empty one and the registries' words for nothing are None."""
    text = str(value).strip() if value is not None else ""
    return None if text in {"", "None", "ZZ", "XX", "-"} else text
