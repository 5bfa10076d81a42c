"""What a fault is: what is done to the good world, and which check must tell it how.

Belongs here: the shape. Does not belong here: any one fault (one module a topic).
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.good_world import Broken


@dataclass(frozen=True)
class Fault:
    """A fault by its name, with the check meant for it, whether that blocks, and words that it must say."""

    name: str
    put: Callable[[Broken], None]
    check: str
    blocks: bool
    words: tuple[str, ...]


def warned(name: str, put: Callable[[Broken], None], check: str, *words: str) -> Fault:
    """A fault of which a check warns."""
    return Fault(name, put, check, False, words)


def blocked(name: str, put: Callable[[Broken], None], check: str, *words: str) -> Fault:
    """A fault that a check stops."""
    return Fault(name, put, check, True, words)


def source(*statements: str) -> Callable[[Broken], None]:
    """Statements that change the sources, before core and marts are made."""

    def put(broken: Broken) -> None:
        for statement in statements:
            broken.source(statement)

    return put


def made(*statements: str) -> Callable[[Broken], None]:
    """Statements that change core or the marts as they were made."""
    return lambda broken: broken.made(*statements)
