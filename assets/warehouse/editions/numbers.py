"""The newest edition that was ever made of each quarter: `published/editions.json`, so that no number is used again.

Belongs here: what stays known of an edition whose own file was lost. Does not belong here: the editions (kept).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from assets.ground.lake import replacing
from assets.warehouse.editions.kept import Edition, EditionError


@dataclass(frozen=True, order=True)
class Made:
    """An edition that was made; `is_running` as of the edition itself."""

    number: int
    published_on: date
    is_running: bool


def newest_made(published: Path, quarter: str, kept: Sequence[Edition]) -> Made | None:
    """The newest edition that was made of a quarter, whether its file is kept or not; None before the first one."""
    made = [Made(one.number, one.published_on, one.is_running) for one in kept]
    noted = _noted(published).get(quarter)
    if noted:
        made.append(Made(noted["edition"], date.fromisoformat(noted["published_on"]), noted["is_running"]))
    return max(made, default=None)


def note_made(published: Path, edition: Edition) -> None:
    """Note that an edition was made, after it was."""
    told = {
        "edition": edition.number,
        "published_on": edition.published_on.isoformat(),
        "is_running": edition.is_running,
    }
    before = _noted(published)
    if before.get(edition.quarter) == told:
        return
    noted = {**before, edition.quarter: told}
    with replacing(_path(published)) as temporary:
        temporary.write_text(json.dumps(noted, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _path(published: Path) -> Path:
    return published.with_name("editions.json")


def _noted(published: Path) -> dict[str, Any]:
    path = _path(published)
    if not path.exists():
        return {}
    try:
        noted: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {quarter: {**told, "edition": int(told["edition"])} for quarter, told in noted.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EditionError(
            f"{path} can't be read ({error}); bring it back from a backup, or remove it: numbers then follow kept files"
        ) from error
