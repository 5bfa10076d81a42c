"""Captures one behind another in a file, as `cat` joins them: pcap, pcapng, or both.

Belongs here: which capture begins where, and what is behind the last one. Does not belong here: either kind of capture.
"""

from collections.abc import Iterator

from assets.exports.formats._datagrams import Datagrams
from assets.exports.formats._fragments import PartedDatagrams
from assets.exports.formats._frames import FrameReader
from assets.exports.formats._pcap import BYTE_ORDER, begins_pcap, pcap
from assets.exports.formats._pcapng import PCAPNG, begins_pcapng, pcapng
from assets.exports.formats._state import FileOutcome
from assets.exports.formats._window import Window

# So much of a capture tells that it is one.
BEGINNING_BYTES = 12


def is_capture(beginning: bytes) -> bool:
    """Whether a file that begins so is a capture, whole or not."""
    return beginning[:4] in BYTE_ORDER or beginning[:4] == PCAPNG


def captured(window: Window, outcome: FileOutcome, parted: PartedDatagrams) -> Iterator[Datagrams]:
    """The datagrams of a file that begins with a capture, and those whose fragments it completes of other files.

    What is behind its captures is lost, and told.
    """
    frames, is_capture_here = FrameReader(), True
    while is_capture_here:
        read, began_at = pcap if window.peek(4) in BYTE_ORDER else pcapng, window.place
        yield from read(window, frames, outcome)
        beginning = window.peek(BEGINNING_BYTES)
        is_capture_here = window.place > began_at and (begins_pcap(beginning) or begins_pcapng(beginning))
    if window.peek(1):
        outcome.lose("impossible_length", "a record says a length that it can't have; it and what follows are lost")
    yield from frames.completed(parted, outcome)
    frames.tell(outcome)
