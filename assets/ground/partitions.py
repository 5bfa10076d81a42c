"""Days and quarters as the partitions of the platform, both beginning with the operator's tracking.

Belongs here: partition definitions. Does not belong here: the names of quarters (assets.ground.quarters), or which job
runs when.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from assets.ground.quarters import Quarter

# Imported where it is used: a second that commands which run nothing should not wait for.
if TYPE_CHECKING:
    import dagster as dg


@dataclass(frozen=True)
class Calendar:
    """The partitions of an operator whose tracking began on a day."""

    tracking_began_on: date

    @property
    def days(self) -> "dg.DailyPartitionsDefinition":
        import dagster as dg

        return dg.DailyPartitionsDefinition(start_date=self.tracking_began_on.isoformat())

    @property
    def quarters(self) -> "dg.TimeWindowPartitionsDefinition":
        """Quarters by their first day, from the one in which tracking began; a quarter appears once it has begun."""
        first = Quarter.of(self.tracking_began_on).began_on
        import dagster as dg

        return dg.TimeWindowPartitionsDefinition(
            start=datetime(first.year, first.month, 1, tzinfo=UTC),
            cron_schedule="0 0 1 1,4,7,10 *",
            fmt="%Y-%m-%d",
            end_offset=1,
        )
