"""Whether core holds all bytes of the records, and all bits that it says are published.

Belongs here: the queries of conservation, and what is remembered of days that were verified. Does not belong here: the
limits that hold (checks.flow_records), core against the marts (checks.marts).
"""

from datetime import date

from assets.exports.retired_days import records_let_go
from assets.ground.lake import Partition
from assets.ground.paths_in_sql import as_pattern, quoted
from assets.ground.workspace import Workspace
from assets.warehouse.address_retention import DROPPED
from assets.warehouse.database import reading
from assets.warehouse.ledger import built_in, built_of, remember
from checks._topic import TopicCheck

FLOW_RECORDS = ("exports", "flow_records")
BYTES_ACCOUNTED = (
    "select export_on, sum(bytes_as_exported) as bytes_accounted from core.conservation group by export_on"
)
ACCOUNTED = "core/conservation"
VERIFIED = "verified/bytes_are_conserved"
"""The ledger's layer of the export days whose bytes were found again, by what they were then built from."""


class Conservation(TopicCheck):
    """A check that reads a day's records once after each build of it, and then remembers how many bytes they have."""

    def after_passing(self, workspace: Workspace) -> None:
        """Every day was found to hold what was read; what is remembered of a day is told apart by its build."""
        with reading(workspace.warehouse) as database:
            found = database.execute(BYTES_ACCOUNTED).fetchall()
        accounted = {str(day): octets for day, octets in found}
        built = built_of(workspace.warehouse).get(ACCOUNTED, {})
        remember(
            workspace.warehouse,
            {VERIFIED: {day: f"{fingerprint} {accounted.get(day, 0)}" for day, fingerprint in built.items()}},
        )


def bytes_remembered(workspace: Workspace) -> dict[date, int | None]:
    """Each export day of core with the bytes that its records were found to have; None if it was built since then.

    Of a day whose exports were let go, the lake remembers how many bytes there were.
    """
    built = built_of(workspace.warehouse)
    remembered = {day: fingerprint.rpartition(" ") for day, fingerprint in built.get(VERIFIED, {}).items()}
    found: dict[date, int | None] = {}
    for day, fingerprint in built.get(ACCOUNTED, {}).items():
        export_on, (verified, _, octets) = date.fromisoformat(day), remembered.get(day, ("", "", ""))
        let_go = records_let_go(workspace.lake, export_on).get("bytes")
        found[export_on] = int(octets) if octets and verified == fingerprint else let_go
    return found


def bytes_read_and_accounted(workspace: Workspace) -> str:
    """Per export day: bytes in the lake's records against the sum over all reasons of core.

    A day without records is a row too: nothing was read, and nothing may be accounted for. A day that was built before
    is held against what was then read: a build of other days may not change it. So is a day whose exports were let go.
    """
    days = bytes_remembered(workspace)
    path = workspace.lake.path
    without = [Partition("export_on", day) for day, octets in days.items() if octets is None]
    files = [quoted(as_pattern(path(FLOW_RECORDS, day))) for day in without]
    rows = ", ".join(f"(date '{day}', {octets or 0}::hugeint)" for day, octets in days.items())
    records = f"read_parquet([{', '.join(files)}])"
    read = f"select export_on, sum(coalesce(bytes, 0)) as bytes_read from {records} group by export_on"
    return f"""
        with days as (select * from (values {rows or "(null, null)"}) as told (export_on, bytes_remembered)),
        read as ({read if files else "select null::date as export_on, 0::hugeint as bytes_read where false"}),
        accounted as ({BYTES_ACCOUNTED})
        select
            days.export_on,
            coalesce(bytes_read, bytes_remembered)::varchar as bytes_read,
            coalesce(bytes_accounted, 0)::varchar as bytes_accounted,
            abs(coalesce(bytes_read, bytes_remembered) - coalesce(bytes_accounted, 0))::double as bytes_adrift
        from days
        left join read on days.export_on = read.export_on
        left join accounted on days.export_on = accounted.export_on
        where days.export_on is not null
        order by days.export_on
    """


def published_bits(workspace: Workspace) -> str:
    """Per export day: bits that core says are published against those in its tables of bins and of addresses.

    A day whose addresses were let go altogether is held against its bins alone.
    """
    core, dropped = built_in(workspace.warehouse, "core"), built_in(workspace.warehouse, DROPPED)
    without = ", ".join(f"date '{day}'" for day, fingerprint in sorted(dropped.items()) if core.get(day) == fingerprint)
    return f"""
        with published as (
            select export_on, sum(bits) as bits from core.conservation where reason = 'published' group by export_on
        ),
        bins as (select export_on, sum(bits) as bits from core.traffic_bins group by export_on),
        addresses as (
            select export_on, sum(bits) as bits from core.peer_address_days group by export_on
            union all
            select export_on, bits from published where list_contains([{without}]::date[], export_on)
        )
        select
            published.export_on,
            greatest(
                abs(published.bits - coalesce(bins.bits, 0)), abs(published.bits - coalesce(addresses.bits, 0))
            )::double as bits_adrift
        from published
        left join bins on published.export_on = bins.export_on
        left join addresses on published.export_on = addresses.export_on
        order by published.export_on
    """
