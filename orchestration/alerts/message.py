"""What is told to a target: lines of one kind of news, as the text of a mail and as JSON.

Belongs here: wording. Does not belong here: what is news, or when it is told.
"""

from dataclasses import dataclass
from datetime import datetime

RUNS, CHECKS, FRESHNESS, TEST = "runs", "checks", "freshness", "test"
SUBJECTS = {
    RUNS: "a run failed",
    CHECKS: "what checks found has changed",
    FRESHNESS: "what must be fresh is old",
    TEST: "a test of this alert",
}
LOOK = "`netstats status` and `netstats doctor` on the machine that makes the report say more."


@dataclass(frozen=True)
class News:
    """A line that is to be told, of one of the kinds."""

    kind: str
    line: str


@dataclass(frozen=True)
class Message:
    """News of one kind; of those that are told together, `held_back` waited since the message before."""

    operator: str
    kind: str
    lines: tuple[str, ...]
    at: datetime
    held_back: int = 0
    not_shown: int = 0

    @property
    def subject(self) -> str:
        """One line, whatever the operator is called."""
        return f"{' '.join(self.operator.split())}: {SUBJECTS[self.kind]}"

    @property
    def text(self) -> str:
        """What a person reads."""
        told = [f"- {line}" for line in self.lines]
        if self.not_shown:
            told.append(f"- and {self.not_shown} more")
        if self.held_back:
            told.append(f"\n{self.held_back} of these were held back: a message of a kind is sent once an hour.")
        return "\n".join([*told, "", LOOK, ""])

    @property
    def document(self) -> dict[str, object]:
        """What a program reads; `text` is what chats show."""
        return {
            "operator": self.operator,
            "kind": self.kind,
            "subject": self.subject,
            "text": f"{self.subject}\n\n{self.text}",
            "lines": list(self.lines),
            "not_shown": self.not_shown,
            "held_back": self.held_back,
            "at": self.at.isoformat(timespec="seconds"),
        }
