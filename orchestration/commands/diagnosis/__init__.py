"""What `netstats doctor` finds: of the folder, its exports, the registries and the state, one module each.

Belongs here: looking and concluding. Does not belong here: printing and exit statuses (orchestration.commands.doctor),
mending.
"""

from orchestration.commands.diagnosis.finding import BLOCKS, NOTE, WARNING, Finding

__all__ = ["BLOCKS", "NOTE", "WARNING", "Finding"]
