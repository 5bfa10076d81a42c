"""The analyst's page: its questions, their SQL and the results printed below each.

Belongs here: reading and rendering. Run as a script on a published database it prints the page with results of today.
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

import duckdb

PAGE = Path(__file__).parents[2] / "docs" / "analyst.md"
BLOCK = re.compile(r"## (?P<question>[^\n]+)\n\n```sql\n(?P<sql>.*?)```\n\n(?P<result>\|.*?\n)(?=\n|\Z)", re.DOTALL)


class Question(NamedTuple):
    """A question of the page, the statement that answers it, and the answer as printed."""

    question: str
    sql: str
    result: str


def questions(text: str) -> list[Question]:
    return [Question(found["question"], found["sql"], found["result"]) for found in BLOCK.finditer(text)]


def answered(database: duckdb.DuckDBPyConnection, sql: str) -> str:
    """The answer as the page prints it."""
    found = database.execute(sql)
    head = [column[0] for column in found.description or []]
    rows = [[_cell(value) for value in row] for row in found.fetchall()]
    return "".join(f"| {' | '.join(row)} |\n" for row in [head, ["---"] * len(head), *rows])


def _cell(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)


def main(published: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    with duckdb.connect(published, read_only=True) as database:
        database.execute("use marts")
        for one in questions(text):
            text = text.replace(
                f"```sql\n{one.sql}```\n\n{one.result}", f"```sql\n{one.sql}```\n\n{answered(database, one.sql)}"
            )
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
