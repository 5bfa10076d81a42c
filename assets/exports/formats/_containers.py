"""Files of datagrams: what a file's beginning says of it, and its datagrams, by the block.

Belongs here: telling captures, messages and single datagrams apart. Does not belong here: any one container (one module
each), compression (_compression), what a payload means.
"""

from collections.abc import Iterator
from pathlib import Path

from assets.exports.formats._captures import captured, is_capture
from assets.exports.formats._compression import Content, open_file
from assets.exports.formats._datagrams import Datagrams, single
from assets.exports.formats._fragments import PartedDatagrams
from assets.exports.formats._messages import IPFIX, SUFFIX, messages
from assets.exports.formats._state import FileOutcome
from assets.exports.formats._window import Window

BEGINNING_BYTES = 4096
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BEGINS = "begins with"
LARGEST_RAW_BYTES = 1 << 16
DATAGRAM_VERSIONS = {b"\x00\x01", b"\x00\x05", b"\x00\x07", b"\x00\x09", b"\x00\x0a"}
SFLOW = b"\x00\x00\x00"
REMEDY = "give it pcap, pcapng or raw datagrams of NetFlow, IPFIX or sFlow, or a collector's file (docs/operate.md)"


class NotAnExport(ValueError):  # noqa: N818
    """A file that is not a flow export; the text is one line with the file's name and a remedy."""


def reason_unreadable(path: Path) -> str | None:
    """Why a file can't be opened; None if it can."""
    try:
        with path.open("rb") as stream:
            stream.read(1)
    except OSError as error:
        return f"can't be read ({error.strerror}); give the user that runs netstats leave to read it"
    return None


def beginning_of(path: Path) -> bytes:
    """The first bytes of a file, decompressed, and behind the mark that text in UTF-8 may begin with."""
    with open_file(path) as content:
        return content.read(BEGINNING_BYTES).removeprefix(BYTE_ORDER_MARK)


def reason_no_datagrams(path: Path) -> str | None:
    """Why a file's beginning is not that of datagrams; None if it may be."""
    unreadable = reason_unreadable(path)
    if unreadable is not None:
        return unreadable
    with open_file(path) as content:
        beginning, faults = content.read(BEGINNING_BYTES), content.faults
    if not beginning:
        return f"can't be decompressed ({faults[0].problem})" if faults else "is empty"
    if is_capture(beginning) or beginning[:2] in DATAGRAM_VERSIONS or beginning[:3] == SFLOW:
        return None
    return f"{BEGINS} {beginning[:4]!r}, which is not pcap, pcapng, NetFlow, IPFIX or sFlow"


def datagrams(path: Path, outcome: FileOutcome, parted: PartedDatagrams | None = None) -> Iterator[Datagrams]:
    """The datagrams of a file, in its order, by the block; what of it can't be read is told.

    `parted` are those of which files that were read before held some fragments; without it the file stands alone.
    """
    alone = PartedDatagrams()
    with open_file(path) as content:
        yield from _contained(path, content, outcome, alone if parted is None else parted)
        alone.tell()
        content.tell(outcome)


def _contained(path: Path, content: Content, outcome: FileOutcome, parted: PartedDatagrams) -> Iterator[Datagrams]:
    window = Window(content)
    beginning = window.peek(4)
    if is_capture(beginning):
        yield from captured(window, outcome, parted)
    elif SUFFIX in path.suffixes and beginning[:2] == IPFIX:
        yield from messages(window, outcome)
    else:
        yield single(window.peek(LARGEST_RAW_BYTES)[:LARGEST_RAW_BYTES])
