"""What `netstats collect` says of itself in the folders of the sources: that it ended, and what was lost.

Belongs here: findings. Does not belong here: reading its counts (orchestration.commands.standing.collectors).
"""

from collections.abc import Iterator
from datetime import datetime

from assets.operator import Operator
from orchestration.commands.diagnosis.finding import WARNING, Finding
from orchestration.commands.standing.collectors import collectors_of, silence_of, warnings_of


def findings(operator: Operator, now: datetime) -> Iterator[Finding]:
    """A finding for each collector that receives nothing, and for what was lost today or yesterday."""
    for one in collectors_of(operator):
        silence = silence_of(one, now)
        for line in (*([silence] if silence else []), *warnings_of(one, now)):
            what, _, remedy = line.partition("; ")
            yield Finding(WARNING, "collector", what, remedy)
