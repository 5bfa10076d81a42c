"""The commands of a page: every line of its `sh` blocks, and what stands in backquotes as a command of this project.

Belongs here: finding them. Does not belong here: how each is run (test_readme_commands).
"""

import re
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<lines>.*?)^```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`((?:make|netstats|\.venv/bin/netstats) [^`]+)`")
COMMENT = re.compile(r"\s+#\s.*$")


class Command(NamedTuple):
    """A command as a reader would type it, and where it stands."""

    page: str
    line: str

    def __str__(self) -> str:
        return f"{self.page}: {self.line}"


def commands_in_blocks(page: Path) -> list[Command]:
    """Each line of each block, without its comment; a block of another language is not for a shell."""
    text = page.read_text(encoding="utf-8")
    blocks = [found["lines"] for found in BLOCK.finditer(text) if found["language"] in {"", "sh", "bash", "console"}]
    lines = [COMMENT.sub("", line).strip() for block in blocks for line in block.splitlines()]
    return [Command(page.name, line) for line in lines if line and not line.startswith("#")]


def commands_in_text(page: Path) -> list[Command]:
    """What stands in backquotes outside of blocks, over the end of a line or not; each once."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    found = [" ".join(inline.split()) for inline in INLINE.findall(text)]
    return [Command(page.name, line) for line in dict.fromkeys(found)]
