"""`netstats registries`: pull what the operator names, and show what is in force.

Belongs here: the command and its table. Does not belong here: pulling (assets.registry.pulls).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from assets.ground.workspace import Workspace
from assets.operator import OperatorError, load_operator
from assets.registry.in_force import PULLS
from assets.registry.pulls import sources_in_use
from orchestration import resources
from orchestration.commands.tables import print_table
from orchestration.commands.terminal import Lines, telling_errors


def run(accept_shrunken: Sequence[str] = ()) -> None:
    """Pull all sources in use; a table says which snapshot of each is in force and what became of its pull.

    A source that lost more than a fifth is refused, unless it is one of `accept_shrunken`. Lines, and status 1, if a
    pull failed or was refused: what runs this by night should hear of it.
    """
    from orchestration.commands import launch

    with telling_errors(OperatorError, resources.SettingsError):
        workspace = resources.workspace_from_environment()
        launch.pull_registries(workspace, accept_shrunken)
    pulls = workspace.lake.read(PULLS).to_pylist()
    print_table(
        ("source", "in force", "last pull", "why"),
        ((row["source"], _in_force(row), row["outcome"], row["reason"]) for row in pulls),
    )
    if at_fault := [row["source"] for row in pulls if row["is_at_fault"]]:
        raise Lines(f"not pulled: {', '.join(at_fault)}; what was in force before stays so, the table says why")


def _in_force(row: Mapping[str, Any]) -> str:
    if row["as_of"] is None:
        return "none"
    return str(row["as_of"]) if row["is_used"] else f"{row['as_of']}, not used"


def pull_if_others_are_named(workspace: Workspace) -> None:
    """Pull the registries if there are none yet, or the operator names others than those that were pulled."""
    with telling_errors(OperatorError):
        wanted = {source.name for source in sources_in_use(load_operator(workspace.operator_folder))}
    known = set()
    if workspace.lake.path(PULLS).exists():
        known = {row["source"] for row in workspace.lake.read(PULLS).to_pylist()}
    if known != wanted:
        from orchestration.commands import launch

        launch.pull_registries(workspace)
