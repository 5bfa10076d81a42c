"""Whether the exports that should have come did come and could be read.

Belongs here: files and datagrams. Does not belong here: what the records say (checks.flow_records).
"""

from datetime import date

import dagster as dg

from assets.ground.workspace import Workspace
from checks._limits import Limit
from checks._topic import TopicCheck, at_least, at_most

QUARANTINED = """
    with files as (
        select export_on, source_file, reason, state in ('quarantined', 'unreadable', 'unstable') as is_unused
        from core.export_files
    )

    select export_on, count(*) filter (where is_unused) as files_quarantined,
        string_agg(source_file || ': ' || reason, '; ') filter (where is_unused) as reasons
    from files group by export_on order by export_on
"""
INCOMPLETE = """
    with incomplete as (
        select export_on, source_file, string_agg(reason || ' ' || losses, ', ' order by reason) as reasons
        from core.export_losses
        where leaves_file_incomplete
        group by export_on, source_file
    )

    select files.export_on, count(incomplete.source_file) as files_incomplete,
        string_agg(incomplete.source_file || ': ' || incomplete.reasons, '; ') as reasons
    from (select distinct export_on, source_file from core.export_files) as files
    left join incomplete on files.export_on = incomplete.export_on and files.source_file = incomplete.source_file
    group by files.export_on order by files.export_on
"""
RECEIVED = """
    select export_on, exporter, sum(data_records)::double / nullif(sum(records_expected), 0)::double as received_share
    from core.exporter_bins group by export_on, exporter
    having sum(records_expected) > 0 order by export_on, exporter
"""


def define(workspace: Workspace) -> list[dg.AssetChecksDefinition]:
    """Files set aside and records lost; they warn, since what came is still right."""
    return [
        TopicCheck(
            name="no_file_is_quarantined",
            asset=dg.AssetKey(["core", "export_files"]),
            description="Every file of a day is a flow export that can be read.",
            default=Limit(
                "flow_exports.no_file_is_quarantined",
                0,
                "warn",
                "A file set aside may hold traffic that is missing; the others are not wrong for it.",
                date(2026, 11, 21),
            ),
            sql=lambda _: QUARANTINED,
            expected=at_most("files_quarantined"),
            remedy="do what the reasons say, or take the files out of the source (`netstats doctor` names them)",
        ).define(workspace),
        TopicCheck(
            name="files_are_read_to_their_end",
            asset=dg.AssetKey(["core", "export_files"]),
            description="Every file of a day was read to its end.",
            default=Limit(
                "flow_exports.files_are_read_to_their_end",
                0,
                "warn",
                "What stands behind a cut or damaged place is missing; what came before it is not wrong for it.",
                date(2026, 11, 21),
            ),
            sql=lambda _: INCOMPLETE,
            expected=at_most("files_incomplete"),
            remedy="deliver the files whole; core.export_losses has the remedy for each reason",
        ).define(workspace),
        TopicCheck(
            name="records_received",
            asset=dg.AssetKey(["core", "exporter_bins"]),
            description="The part of the records that sequence numbers expect which came, by exporter and day.",
            default=Limit(
                "flow_exports.records_received",
                0.95,
                "warn",
                "The limit below which a quarter's comparison is marked `low coverage`.",
                date(2026, 11, 21),
            ),
            sql=lambda _: RECEIVED,
            expected=at_least("received_share"),
            remedy="a larger socket buffer at the collector, and look for a router that restarts often",
        ).define(workspace),
    ]
