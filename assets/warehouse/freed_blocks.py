"""Blocks of the working database that hold what was deleted from it, and the rewriting that leaves them behind.

Belongs here: rewriting the file, and remembering that it must be. Does not belong here: what is deleted
(assets.warehouse.address_retention).
"""

import shutil
from pathlib import Path

from assets.ground.lake import FOR_OWNER, replacing
from assets.ground.paths_in_sql import quoted
from assets.warehouse.database import writing
from assets.warehouse.ledger import Ledger, built_in

FREED_BLOCKS = "freed_blocks"
MEMBER = "working"


def mark_freed_blocks(warehouse: Path) -> None:
    """Remember, before something is deleted, that the file must be rewritten; a killed run leaves it to the next."""
    Ledger(warehouse, FREED_BLOCKS).remember({MEMBER: "hold what was deleted"})


def has_freed_blocks(warehouse: Path) -> bool:
    """Whether something was deleted since the file was rewritten last."""
    return MEMBER in built_in(warehouse, FREED_BLOCKS)


def rewrite(warehouse: Path) -> None:
    """Rewrite a database's tables and views into a new file that takes its place; a killed run leaves the old one.

    What killed runs left beside it (unfinished copies, rows on their way through the disk) goes too.
    """
    with writing(warehouse) as database:
        _remove_leftovers(warehouse)
        database.execute("checkpoint")
        with replacing(warehouse) as temporary:
            database.execute(f"attach {quoted(temporary)} as rewritten")
            database.execute(f"copy from database {warehouse.stem} to rewritten")
            database.execute("delete from rewritten.ledger.built where layer = ?", [FREED_BLOCKS])
            database.execute("detach rewritten")
            temporary.chmod(FOR_OWNER)


def _remove_leftovers(warehouse: Path) -> None:
    for left in warehouse.parent.glob(f".{warehouse.name}.*"):
        left.unlink()
    shutil.rmtree(warehouse.with_name(f"{warehouse.name}.tmp"), ignore_errors=True)
