"""The kept editions: one small file each, `editions/<quarter>/<number>.json`, which is never written again
and which the owner of the state alone may read.

Belongs here: the files. Does not belong here: what is published of them (told).
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from assets.ground.unfinished import writing_beside
from assets.warehouse.editions.figures import Figures
from assets.warehouse.editions.made_from import write_privately


@dataclass(frozen=True)
class Edition:
    """What was published of a quarter on a day.

    `is_running`: the quarter's last exports were not in yet. `inputs` is what it was made from, in short, and `changed`
    says what of that changed since the edition before. `days_present` are the days of the quarter with exports.
    """

    quarter: str
    number: int
    published_on: date
    is_running: bool
    figures: Figures
    inputs: Mapping[str, Any] = field(default_factory=dict)
    changed: tuple[str, ...] = ()
    days_present: int = 0


class EditionError(Exception):
    """An edition can't be kept or read; the message names the file and what to do."""


def editions_folder(published: Path) -> Path:
    """Where the editions of a published database are kept."""
    return published.parent.with_name("editions")


def editions_of(folder: Path, quarter: str) -> list[Edition]:
    """The kept editions of a quarter, first to newest."""
    return sorted((_read(path) for path in (folder / quarter).glob("*.json")), key=lambda one: one.number)


def quarters_with_editions(folder: Path) -> list[str]:
    """The quarters of which editions are kept, in their order."""
    return sorted({path.parent.name for path in folder.glob("*/*.json")})


def keep(folder: Path, edition: Edition) -> Path:
    """Write an edition for good; EditionError if its number is taken."""
    path = folder / edition.quarter / f"{edition.number:04}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = writing_beside(path)
    write_privately(temporary, json.dumps(_as_json(edition), indent=1, sort_keys=True) + "\n")
    try:
        # A link, unlike renaming, refuses to take the place of what is there.
        os.link(temporary, path)
    except FileExistsError:
        raise EditionError(f"edition {edition.number} of {edition.quarter} is kept already ({path})") from None
    finally:
        temporary.unlink()
    return path


def _as_json(edition: Edition) -> dict[str, Any]:
    return {
        "quarter": edition.quarter,
        "edition": edition.number,
        "published_on": edition.published_on.isoformat(),
        "is_running": edition.is_running,
        "days_present": edition.days_present,
        "changed": list(edition.changed),
        "inputs": edition.inputs,
        "covered_bins": edition.figures.covered_bins,
        "values": [[*cell, value] for cell, value in sorted(edition.figures.values.items())],
        "share_groups": edition.figures.groups,
        "networks": edition.figures.networks,
    }


def _read(path: Path) -> Edition:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return Edition(
            quarter=kept["quarter"],
            number=kept["edition"],
            published_on=date.fromisoformat(kept["published_on"]),
            is_running=kept["is_running"],
            # The first editions noted it among their inputs alone.
            days_present=kept.get("days_present", kept["inputs"].get("exports", {}).get("days", 0)),
            changed=tuple(kept["changed"]),
            inputs=kept["inputs"],
            figures=Figures(
                values={(metric, dimension, member): value for metric, dimension, member, value in kept["values"]},
                networks=kept["networks"],
                groups={group: tuple(types) for group, types in kept["share_groups"].items()},
                covered_bins=kept["covered_bins"],
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EditionError(
            f"{path} can't be read as an edition ({error}); bring it back from a backup, for its number is taken"
        ) from error
