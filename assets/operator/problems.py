"""Problems of an operator folder, gathered so that a person mends them all at once.

Belongs here: how a problem is told. Does not belong here: what counts as one.
"""

from dataclasses import dataclass, field
from pathlib import Path


class OperatorError(ValueError):
    """The operator folder is not valid; the text has one line for each problem."""


@dataclass
class Problems:
    """The problems found so far in one operator folder; of the trial of another one, they are told as of that."""

    folder: Path
    told_as: Path | None = None
    lines: list[str] = field(default_factory=list)

    def of_file(self, file: str, what: str) -> None:
        self.lines.append(f"{self._path(file)}: {what}")

    def of_row(self, file: str, row: int, what: str) -> None:
        self.lines.append(f"{self._path(file)} row {row}: {what}")

    def of_cell(self, file: str, row: int, column: str, what: str) -> None:
        self.lines.append(f"{self._path(file)} row {row}, column {column}: {what}")

    def of_key(self, key: str, what: str) -> None:
        self.lines.append(f"{self._path('operator.yaml')}, key {key}: {what}")

    def refuse(self) -> None:
        """Raise OperatorError if there is any problem."""
        if self.lines:
            raise OperatorError("\n".join(self.lines))

    def _path(self, file: str) -> Path:
        return (self.told_as or self.folder) / file
