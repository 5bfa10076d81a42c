"""The operator as its exports are read here: its folder, and where in this state files of other machines come to lie.

Belongs here: joining the two. Does not belong here: bringing the files (assets.exports.sources).
"""

from dataclasses import replace

from assets.exports.sources import with_landings
from assets.ground.workspace import Workspace
from assets.operator import Operator, load_operator


def operator_of(workspace: Workspace) -> Operator:
    """The operator, with the folder of this state for each source that lies on another machine; OperatorError."""
    operator = load_operator(workspace.operator_folder)
    sources = with_landings(operator.flow_sources, workspace.state)
    return replace(operator, settings=replace(operator.settings, flow_sources=sources))
