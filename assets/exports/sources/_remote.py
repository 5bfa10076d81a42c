"""Another machine that offers files: what a module of a scheme gives, and how its errors are told.

Belongs here: the shape of a remote folder. Does not belong here: any one protocol (a module each), which files are
brought (_landing).
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

from assets.operator import addresses

TIMEOUT_S = 60
"""How long a machine may say nothing."""
ATTEMPTS = 3
MEND_SOURCE = "see that the machine answers and that netstats may read there; the next run takes what is missing"


class RemoteError(Exception):
    """A machine did not do what it was asked; the text says what happened, `remedy` what to do.

    `is_passing`: the same may succeed when it is asked again.
    """

    def __init__(self, what: str, remedy: str = MEND_SOURCE, *, is_passing: bool = False) -> None:
        super().__init__(what)
        self.remedy, self.is_passing = remedy, is_passing


class ChangedError(RemoteError):
    """A file is not what it was a moment ago."""


class NothingThere(Exception):  # noqa: N818
    """There is no such file or folder."""


@dataclass(frozen=True)
class Entry:
    """A file or folder of another machine by its name alone; `fault` says why it can't be taken.

    `version` changes when the file does, and `modified` says when that was; None where the machine does not tell. Of a
    folder all of these are None.
    """

    name: str
    is_folder: bool
    size: int | None = None
    version: str | None = None
    modified: datetime | None = None
    fault: str | None = None


class Remote(Protocol):
    """A folder of another machine; paths are relative to it, with `/` between parts, and "" is the folder itself.

    All raise NothingThere or RemoteError. `is_written_whole`: a file is there only once it is complete.
    """

    is_written_whole: bool

    def entries(self, path: str) -> Iterator[Entry]:
        """What lies in a folder."""
        ...

    def entry(self, path: str) -> Entry:
        """A file, with its size and version."""
        ...

    def fetch(self, path: str, to: BinaryIO) -> None:
        """Write the bytes of a file."""
        ...

    def close(self) -> None:
        """Let the connection go."""
        ...


def opened(address: str) -> Remote:
    """The folder of another machine that an address without holes names."""
    module = importlib.import_module(f"{__package__}.{addresses.scheme_of(address)}")
    remote: Remote = module.opened(address)
    return remote
