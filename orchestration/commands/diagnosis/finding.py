"""A finding: what is so, how grave it is, and what to do.

Belongs here: its shape. Does not belong here: what is found.
"""

from dataclasses import asdict, dataclass

BLOCKS, WARNING, NOTE = "blocks", "warning", "note"


@dataclass(frozen=True)
class Finding:
    """One line; `topic` is a key for machines, `level` is BLOCKS (no right report comes of it), WARNING or NOTE."""

    level: str
    topic: str
    what: str
    remedy: str | None = None

    @property
    def line(self) -> str:
        said = self.what if self.remedy is None else f"{self.what}; {self.remedy}"
        return said if self.level == NOTE else f"{self.level}: {said}"

    def as_row(self) -> dict[str, str | None]:
        return asdict(self)


def listed(names: list[str], most: int = 5) -> str:
    """Names in one line, of many the first."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
