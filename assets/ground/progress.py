"""How far a long step has come, told to whoever watches: a terminal, or nobody.

Belongs here: the protocol and its silent form. Does not belong here: drawing (orchestration.commands.cli).
"""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Progress(Protocol):
    """Shows the steps of a piece of work as they are done."""

    def track(self, items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
        """The same items, each shown as done when the next one is asked for."""
        ...


class SilentProgress:
    """Shows nothing: for runs that the Dagster UI watches by their events."""

    def track(self, items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
        yield from items
