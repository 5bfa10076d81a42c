"""What exporters call their interfaces: interfaceName and interfaceDescription (IE 82, 83) of options records.

Belongs here: reading and remembering them. Does not belong here: sampling and boot times (_options).
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from assets.exports.formats._templates import Template, cut_fields

NAME, DESCRIPTION = 82, 83
# The index of an interface: ingressInterface and egressInterface, their physical ones, and NetFlow v9's scope.
INDEXES = (10, 14, 252, 253)
INTERFACE_SCOPE_OF_V9 = 2
MOST_NAMES = 65_536
LONGEST_NAME = 200


class InterfaceName(NamedTuple):
    """What an interface is called, and described as; empty where it is not told."""

    name: str
    description: str


@lru_cache(maxsize=256)
def _places(template: Template) -> tuple[int, int | None, int | None] | None:
    """Which fields hold index, name and description; None if the template has no names of interfaces."""
    named = {one.element: number for number, one in reversed(list(enumerate(template.fields))) if not one.enterprise}
    scopes = {one.element: number for number, one in enumerate(template.fields[: template.scope_fields])}
    index = next((named[element] for element in INDEXES if element in named), scopes.get(INTERFACE_SCOPE_OF_V9))
    name, description = named.get(NAME), named.get(DESCRIPTION)
    return None if index is None or name is description is None else (index, name, description)


@dataclass
class InterfaceNames:
    """The names told last, by exporter (16 bytes) and index of the interface."""

    names: dict[tuple[bytes, int], InterfaceName] = field(default_factory=dict)

    def learn(self, exporter: bytes, content: bytes, template: Template) -> None:
        """Take the names of a set of options; of more than MOST_NAMES interfaces none is taken."""
        places = _places(template)
        if places is None:
            return
        index, name, description = places
        for values in cut_fields(content, template):
            key = exporter, int.from_bytes(values[index][-4:], "big")
            said = InterfaceName(_text(values, name), _text(values, description))
            if any(said) and (key in self.names or len(self.names) < MOST_NAMES):
                self.names[key] = said


def _text(values: tuple[bytes, ...], place: int | None) -> str:
    """A name as text, in one line; fixed fields are filled with zeros."""
    raw = b"" if place is None else values[place].split(b"\0")[0]
    said = raw[:LONGEST_NAME].decode("utf-8", "replace")
    return " ".join("".join(one if one.isprintable() else " " for one in said).split())
