"""`netstats backup` and `netstats restore`: the state as one file, and back.

Belongs here: when the state may be read, and what of it need not be kept. Does not belong here: the file
(assets.ground.archive).
"""

import shutil
from pathlib import Path

import click

from assets.ground.archive import ArchiveError, Packed, pack, unpack
from assets.ground.unfinished import remove_left_over
from assets.ground.workspace import Workspace
from assets.operator import OperatorError
from assets.warehouse.database import OneRun
from orchestration import resources
from orchestration.commands.terminal import Lines, telling_errors
from orchestration.run_log import noting

# What a build makes anew, and what tells one process of another.
MADE_ANEW = {"dbt", "looked_at.json"}
OF_PROCESSES = {"run.lock"}
SPARE_SHARE = 1.05


def backup(file: Path) -> None:
    """Write the state to a file, while no run changes it."""
    workspace = _workspace()
    if not workspace.state.exists():
        raise Lines(f"{workspace.state}: there is no state yet; run `netstats build` first")
    if file.exists():
        raise Lines(f"{file}: is there and stays as it is; name a file that is not")
    if file.resolve().is_relative_to(workspace.state):
        raise Lines(f"{file}: lies in the state that it is to keep; name a file elsewhere, best on another disk")
    with OneRun(workspace.warehouse).held("`netstats backup`"), noting(workspace.state, "netstats backup"):
        remove_left_over(workspace.state)
        _refuse_without_room(workspace.state, file)
        try:
            packed = pack(workspace.state, file, _is_made_anew)
        except ArchiveError as error:
            raise Lines(str(error)) from error
        except OSError as error:
            raise Lines(f"{file}: can't be written ({error.strerror or error}); no backup was made") from error
    click.echo(f"{file}: {_told(packed)} of {workspace.state}")
    click.echo(f"It is confidential, and does not hold the operator folder; keep {workspace.operator_folder} as well.")


def restore(file: Path) -> None:
    """Make the state of a backup, where there is none."""
    workspace = _workspace()
    try:
        packed = unpack(file, workspace.state)
    except FileExistsError as error:
        raise Lines(
            f"{workspace.state}: is there and stays as it is; move it away, or restore to another NETSTATS_STATE"
        ) from error
    except ArchiveError as error:
        raise Lines(str(error)) from error
    click.echo(f"{workspace.state}: {_told(packed)} of {file}; `netstats build` brings it up to date")


def _workspace() -> Workspace:
    with telling_errors(OperatorError, resources.SettingsError):
        return resources.workspace_from_environment()


def _is_made_anew(path: Path) -> bool:
    return path.parts[0] in MADE_ANEW or path.name in OF_PROCESSES


def _refuse_without_room(state: Path, file: Path) -> None:
    needed = sum(path.stat().st_size for path in state.rglob("*") if path.is_file() and not path.is_symlink())
    folder = file.resolve().parent
    if not folder.is_dir():
        raise Lines(f"{folder}: is not a folder that is there; make it first")
    free = shutil.disk_usage(folder).free
    if needed * SPARE_SHARE > free:
        raise Lines(f"{folder}: has {free:,} bytes free of {needed:,} needed; name a file on a larger disk")


def _told(packed: Packed) -> str:
    return f"{packed.files:,} files of {packed.bytes:,} bytes"
