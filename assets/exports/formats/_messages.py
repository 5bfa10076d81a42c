"""Messages of IPFIX one behind another in a file (RFC 5655).

Belongs here: finding each message. Does not belong here: what a message means (ipfix).
"""

from collections.abc import Iterator

from assets.exports.formats._datagrams import Datagrams, in_a_row, single
from assets.exports.formats._state import FileOutcome
from assets.exports.formats._window import Window

IPFIX, SUFFIX = b"\x00\x0a", ".ipfix"
HEADER_BYTES, LARGEST_MESSAGE = 16, 0xFFFF


def messages(window: Window, outcome: FileOutcome) -> Iterator[Datagrams]:
    """The messages of a file, each as long as it says; of one that is cut its whole records count.

    Only of a file named .ipfix: what stands behind a single datagram is not looked at, since collectors and test suites
    leave other things there.
    """
    number = 1
    while True:
        ends = _ends(window.content)
        if ends:
            yield in_a_row(window.content, ends, number)
        number, window.at = number + len(ends), ends[-1] if ends else 0
        head = window.content[window.at : window.at + 4]
        if len(head) == 4 and not _is_message(head):
            break
        if not window.more():
            break
    rest = window.peek(LARGEST_MESSAGE)[:LARGEST_MESSAGE]
    if number > 1 and rest and not _is_message(rest):
        outcome.lose("trailing_bytes", f"other bytes than a message of IPFIX stand behind message {number - 1}")
        return
    if rest:
        yield single(rest, number)
    window.end(outcome, f"message {number}")


def _is_message(head: bytes) -> bool:
    return head[:2] == IPFIX and int.from_bytes(head[2:4], "big") >= HEADER_BYTES


def _ends(content: bytes) -> list[int]:
    """Where the whole messages end that follow one another from the beginning on."""
    at, ends = 0, list[int]()
    while _is_message(content[at : at + 4]):
        at += int.from_bytes(content[at + 2 : at + 4], "big")
        if at > len(content):
            break
        ends.append(at)
    return ends
