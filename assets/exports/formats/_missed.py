"""What a day missed, and what the next day tells of it: templates and options that came after midnight.

Belongs here: taking from one day's state what another asked for in vain. Does not belong here: the state itself
(_state), writing it (_state_bytes).
"""

import json
from typing import Any

from assets.exports.formats._state_bytes import LAYOUT

Saved = dict[str, Any]
ID_OF_TEMPLATE, KEY_OF_SAMPLING = 4, 4
DOMAIN = 3


def told_of_missed(missed: bytes, own: bytes, after: bytes) -> bytes:
    """What the state after the next day knows of what a day missed and did not know itself; nothing if that is nothing.

    `missed` is DecoderState.missed_bytes, `own` and `after` are DecoderState.to_bytes of the day and the next one.
    """
    wanted, known, saved = json.loads(missed), json.loads(own), json.loads(after)
    if {known.get("layout"), saved.get("layout")} != {LAYOUT}:
        return b""
    domains = {tuple(one) for one in wanted["domains"]}
    templates = {tuple(one) for one in wanted["templates"]}
    found = {
        "templates": [row for row in saved["templates"] if tuple(row[:ID_OF_TEMPLATE]) in templates],
        "sampling": _first_told(known["sampling"], saved["sampling"], domains, KEY_OF_SAMPLING),
        "booted": _first_told(known["booted"], saved["booted"], domains, DOMAIN),
    }
    return json.dumps(found, separators=(",", ":")).encode() if any(found.values()) else b""


def _first_told(known: list[Any], saved: list[Any], domains: set[tuple[Any, ...]], key: int) -> list[Any]:
    """The rows of these domains whose key (the first columns) was not known before."""
    before = {json.dumps(row[:key]) for row in known}
    return [row for row in saved if tuple(row[:DOMAIN]) in domains and json.dumps(row[:key]) not in before]
