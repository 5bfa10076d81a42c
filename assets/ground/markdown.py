"""Tables as Markdown, for the Dagster UI.

Belongs here: rows of any table. Does not belong here: which rows are shown, or documents.
"""

from collections.abc import Iterable, Sequence


def markdown_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as a Markdown table; bars, line breaks and markup of values do not break it."""
    lines = [columns, ["---" for _ in columns], *rows]
    return "\n".join("| " + " | ".join(_cell(value) for value in line) + " |" for line in lines)


def _cell(value: object) -> str:
    text = "" if value is None else f"{value:.4f}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("<", "\\<").replace("\n", " ")
