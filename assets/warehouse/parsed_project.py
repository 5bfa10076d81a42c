"""The dbt project as dbt parsed it: ten seconds once for each version of its files, and a copy for each state.

Belongs here: parsing, and where what was parsed is kept. Does not belong here: reading it (assets.warehouse.manifest).
"""

import os
import shutil
from importlib.metadata import version
from pathlib import Path

from assets.ground.lake import fingerprint_of, replacing, sha256_of_file
from assets.warehouse.dbt_process import Dbt

PARSED = ("manifest.json", "partial_parse.msgpack")
NOTE = "parsed.txt"
"""What the files were that a state's copy was parsed from; written last."""
KEPT_IN = "target"
"""The project's folder that dbt itself ignores."""
READ = {".sql", ".yml", ".csv", ".md"}


def make_parsed(dbt: Dbt) -> None:
    """The parsed project in the state's folder for dbt, parsed anew if one of its files, or dbt, is another one."""
    wanted, note = _fingerprint(dbt.project), dbt.target / NOTE
    if _is_there(dbt.target) and note.exists() and note.read_text(encoding="utf-8") == wanted:
        return
    kept = dbt.project / KEPT_IN / wanted
    if _is_there(kept):
        _copy(kept, dbt.target)
    else:
        dbt.run("parse", "--quiet")
        # A project that belongs to somebody else is parsed for each state.
        if os.access(dbt.project, os.W_OK):
            _copy(dbt.target, kept)
            _remove_others(kept)
    with replacing(note) as temporary:
        temporary.write_text(wanted, encoding="utf-8")


def _fingerprint(project: Path) -> str:
    """Of all that dbt parses: files of another place are others, since what is parsed names them."""
    kept = project / KEPT_IN
    files = [path for path in sorted(project.rglob("*")) if path.suffix in READ and not path.is_relative_to(kept)]
    return fingerprint_of(
        [(str(path), sha256_of_file(path)) for path in files], version("dbt-core"), version("dbt-duckdb")
    )


def _is_there(folder: Path) -> bool:
    return all((folder / name).exists() for name in PARSED)


def _copy(source: Path, target: Path) -> None:
    for name in PARSED:
        with replacing(target / name) as temporary:
            shutil.copyfile(source / name, temporary)


def _remove_others(kept: Path) -> None:
    """What was parsed of files that are no more."""
    for other in kept.parent.iterdir():
        if other != kept and (other / PARSED[0]).exists():
            shutil.rmtree(other)
