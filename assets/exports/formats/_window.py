"""A file by the block, as containers walk it: the bytes that are there, and where the walk has come.

Belongs here: getting more, and telling that a file is cut. Does not belong here: any one container.
"""

from assets.exports.formats._compression import Content
from assets.exports.formats._state import FileOutcome

BLOCK_BYTES = 4 << 20


class Window:
    """A block of a file, and what is left of the block before in front of it; `at` is where the walk has come."""

    def __init__(self, source: Content) -> None:
        self.content, self.at, self._passed = b"", 0, 0
        self._source = source

    def more(self) -> bool:
        """Get the next block behind what is left; whether there was one."""
        rest = self.content[self.at :]
        self._passed += self.at
        self.content, self.at = self._source.read(BLOCK_BYTES, rest), 0
        return len(self.content) > len(rest)

    @property
    def place(self) -> int:
        """How many bytes of the file the walk has passed."""
        return self._passed + self.at

    def peek(self, size: int) -> bytes:
        """The next bytes; fewer where the file ends."""
        while len(self.content) < self.at + size and self.more():
            pass
        return self.content[self.at : self.at + size]

    def end(self, outcome: FileOutcome, what: str) -> None:
        """Tell what a file breaks off in, unless its compression did; for where there is no more."""
        if self.at < len(self.content) and not self._source.is_damaged:
            outcome.lose("cut_file", f"ends inside {what}; what came before it counts")
        self.at = len(self.content)
