"""Whether the exports that should have come did come and could be read.

Belongs here: files and datagrams. Does not belong here: what the records say (checks.flow_records).
"""

import dagster as dg

from assets.exports.names import source_key
from assets.ground.workspace import Workspace
from assets.operator import load_operator
from assets.operator.addresses import is_dated
from checks._series import RECENT
from checks._topic import at_least, at_most, guard, together

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


# What the platform recognised as the same has the state `duplicate`.
TWICE = """
    select files.export_on, coalesce(twice.files, 0) as files_twice, twice.names
    from (select distinct export_on from core.export_files) as files
    left join (
        select max(export_on) as export_on, sum(copies) - count(*) as files, string_agg(names, '; ') as names
        from (
            select max(export_on) as export_on, count(*) as copies, string_agg(source_file, ' and ') as names
            from core.export_files where state = 'pulled' and file_bytes > 0
            group by sha256 having count(*) > 1
        )
        group by export_on
    ) as twice on files.export_on = twice.export_on
    order by files_twice desc, files.export_on
"""
# A router is expected from the day that it was first heard, since its row may be older than its exports.
SILENT = f"""
    with heard as (
        select distinct export_on, exporter from core.exporter_bins
        where coalesce(is_covered, datagrams > 0) and {RECENT}
    ),
    -- Of the newest day there may be no more than what came after midnight.
    bins as (
        select export_on, count(distinct bin_at) as bins from core.exporter_bins
        where coalesce(is_covered, datagrams > 0) and {RECENT}
        group by export_on
    ),
    days as (select export_on from bins where bins >= (select max(bins) from bins) / 2),
    expected as (
        select exporters.exporter_address as exporter, exporters.name, exporters.valid_from, exporters.valid_to,
            (select min(export_on) from heard where heard.exporter = exporters.exporter_address) as heard_from
        from read_parquet('{{operator/exporters}}') as exporters
    )
    select days.export_on, expected.exporter, expected.name,
        (heard.exporter is null)::integer as is_silent
    from days
    inner join expected
        on days.export_on >= coalesce(expected.valid_from, expected.heard_from, date '0001-01-01')
        and days.export_on <= coalesce(expected.valid_to, date '9999-12-31')
    left join heard on days.export_on = heard.export_on and expected.exporter = heard.exporter
    order by is_silent desc, days.export_on desc, expected.exporter
"""
# Within the hours from a router's first to its last bin of the recent days: what began or ended in a day is not a gap.
MISSING_BINS = f"""
    with heard as (
        select distinct exporter, bin_at from core.exporter_bins
        where coalesce(is_covered, datagrams > 0) and {RECENT}
    ),
    -- Who fell silent on the newest day is missing until its end; who did before that is told as silent for days.
    ends as (
        select exporter, (select max(bin_at) from heard) + interval 5 minute as bin_at from heard
        group by exporter having max(bin_at) > (select max(bin_at) from heard) - interval 1 day
    ),
    followed as (
        select exporter, bin_at, lag(bin_at) over (partition by exporter order by bin_at) as bin_before
        from (select exporter, bin_at from heard union all select exporter, bin_at from ends)
    ),
    gaps as (
        select exporter, bin_before::date as event_on, bin_before + interval 5 minute as silent_from,
            bin_at as silent_to, datediff('minute', bin_before, bin_at) // 5 - 1 as bins_missing
        from followed where bin_at > bin_before + interval 5 minute
    ),
    days as (select exporter, bin_at::date as event_on from heard group by all),
    missing as (
        select days.event_on, days.exporter, min(gaps.silent_from) as silent_from, max(gaps.silent_to) as silent_to,
            coalesce(sum(gaps.bins_missing), 0)::bigint as bins
        from days left join gaps on days.exporter = gaps.exporter and days.event_on = gaps.event_on
        group by days.event_on, days.exporter
    ),
    -- Files of rows alone have no bins for hours without traffic, every night.
    with_usual as (select *, median(bins) over (partition by exporter) as bins_usual from missing)
    select event_on, exporter, silent_from, silent_to, greatest(0, bins - bins_usual)::bigint as bins_missing
    from with_usual order by bins_missing desc, event_on desc, exporter
"""
MISSING_DAYS = f"""
    with days as (select distinct export_on from core.exporter_bins where {RECENT}),
    expected as (
        select unnest(generate_series(
            greatest(
                (select date_trunc('quarter', max(export_on)) - interval 3 month from days),
                date '{{began_on}}'
            ),
            (select max(export_on) from days),
            interval 1 day
        ))::date as export_on
    )
    select expected.export_on, (days.export_on is null)::integer as is_missing
    from expected left join days on expected.export_on = days.export_on
    order by is_missing desc, expected.export_on desc
"""
# Datagrams, since which records were in them sequence numbers tell by exporter.
COLLECTOR_LOST = f"""
    with lost as (
        select export_on, sum(losses) as datagrams_lost,
            string_agg(source_file || ': ' || reason || ' ' || losses, '; ' order by source_file, reason) as reasons
        from core.export_losses where reason in ('dropped_by_kernel', 'unwritten_by_collector')
        group by export_on
    ),
    came as (
        select export_on, sum(datagrams) as datagrams from core.exporter_bins where {RECENT} group by export_on
    )
    select came.export_on, coalesce(lost.datagrams_lost, 0)::bigint as datagrams_lost,
        coalesce(lost.datagrams_lost / greatest(came.datagrams + lost.datagrams_lost, 1), 0)::double as share_lost,
        lost.reasons
    from came left join lost on came.export_on = lost.export_on
    order by share_lost desc, came.export_on desc
"""
COPIES = f"""
    select export_on, exporter,
        sum(duplicate_datagrams)::double / greatest(sum(datagrams) + sum(duplicate_datagrams), 1) as share_of_copies
    from core.exporter_bins where {RECENT}
    group by export_on, exporter
    order by share_of_copies desc, export_on desc, exporter
"""
# In sets by datagram, since how many records a set held is not known.
UNDECODED = f"""
    select export_on, exporter, sum(undecoded_sets) as undecoded_sets,
        sum(undecoded_sets)::double / greatest(sum(datagrams), 1) as sets_by_datagram
    from core.exporter_bins where {RECENT}
    group by export_on, exporter
    order by sets_by_datagram desc, export_on desc, exporter
"""


def clocks(workspace: Workspace) -> str:
    """By export day and exporter, by how many seconds its bins are off from the day's midnights.

    A day that begins and ends late by as much was told by a clock that is ahead; what a router sends at night shows
    both. Days with files of a source whose address tells no day begin and end when these were pulled, and say nothing.
    """
    sources = load_operator(workspace.operator_folder).flow_sources
    undated = [source_key(one.address) for one in sources if not is_dated(one.address)]
    listed = ", ".join("'" + key.replace("'", "''") + "/'" for key in undated)
    return f"""
        with undated as (
            select distinct export_on from core.export_files
            where state = 'pulled'
                and list_contains([starts_with(source_file, source) for source in [{listed}]::varchar[]], true)
        ),
        edges as (
            select export_on, exporter, export_on in (from undated) as is_undated,
                datediff('second', export_on::timestamp, min(bin_at)) as begins_s,
                datediff('second', (export_on + 1)::timestamp, max(bin_at) + interval 5 minute) as ends_s
            from core.exporter_bins where coalesce(is_covered, datagrams > 0) and {RECENT}
            group by export_on, exporter
        )
        select export_on, exporter, begins_s, ends_s,
            case
                when is_undated then 0
                when begins_s > 0 and ends_s > 0 then least(begins_s, ends_s)
                when begins_s < 0 and ends_s < 0 then least(-begins_s, -ends_s)
                else 0
            end as clock_off_s
        from edges order by clock_off_s desc, export_on desc, exporter
    """


CHECKS = (
    guard(
        "flow_exports.no_file_is_quarantined",
        "core/export_files",
        "Every file of a day is a flow export that can be read.",
        QUARANTINED,
        at_most("files_quarantined"),
        "do what the reasons say, or take the files out of the source (`netstats doctor` names them)",
    ),
    guard(
        "flow_exports.files_are_read_to_their_end",
        "core/export_files",
        "Every file of a day was read to its end.",
        INCOMPLETE,
        at_most("files_incomplete"),
        "deliver the files whole; core.export_losses has the remedy for each reason",
    ),
    guard(
        "flow_exports.no_file_counts_twice",
        "core/export_files",
        "No two files that count hold the same bytes.",
        TWICE,
        at_most("files_twice"),
        "take one of the two out of its source and pull the day again; report it, since copies should be told apart",
    ),
    guard(
        "flow_exports.records_received",
        "core/exporter_bins",
        "The part of the records that sequence numbers expect which came, by exporter and day.",
        RECEIVED,
        at_least("received_share"),
        "a larger socket buffer at the collector, and look for a router that restarts often",
    ),
    guard(
        "flow_exports.collector_keeps_up",
        "core/export_losses",
        "The part of a day's datagrams that `netstats collect` dropped or could not write.",
        COLLECTOR_LOST,
        at_most("share_lost"),
        "give netstats collect a larger --buffer or more --processes, and room on its disk",
    ),
    guard(
        "flow_exports.every_exporter_reports",
        "core/exporter_bins",
        "Every exporter of exporters.csv was heard on every day on which any was.",
        SILENT,
        at_most("is_silent"),
        "look at the router and its collector; if it was taken down, give its row a valid_to",
    ),
    guard(
        "flow_exports.bins_are_present",
        "core/exporter_bins",
        "Bins of five minutes in which an exporter was silent on a day, beyond what is usual of it.",
        MISSING_BINS,
        at_most("bins_missing"),
        "look at the router and its collector in these hours, and deliver what is left; pull the day again",
    ),
    guard(
        "flow_exports.no_day_is_missing",
        "core/exporter_bins",
        "Every day since tracking began, of the last two quarters, has exports.",
        MISSING_DAYS,
        at_most("is_missing"),
        "deliver the day's files, then `netstats build --from DAY --to DAY`; `netstats status` lists the days",
    ),
    guard(
        "flow_exports.datagrams_come_once",
        "core/exporter_bins",
        "The part of an exporter's datagrams of a day that are copies of others, which were not counted.",
        COPIES,
        at_most("share_of_copies"),
        "look for two export destinations, mirrors or sources that end in the same files, and take one out",
    ),
    guard(
        "flow_exports.sets_are_decoded",
        "core/exporter_bins",
        "Sets of data without a template, by datagram, exporter and day.",
        UNDECODED,
        at_most("sets_by_datagram"),
        "have the exporter send its templates oftener, and keep what comes before the day's first file",
    ),
    guard(
        "flow_exports.clocks_tell_the_day",
        "core/exporter_bins",
        "An exporter's day begins and ends at midnight UTC, by its own clock, to so many seconds.",
        clocks,
        at_most("clock_off_s"),
        "set the router's clock by NTP and to UTC; have the collector cut its files by UTC",
    ),
)


def define(workspace: Workspace) -> list[dg.AssetChecksDefinition]:
    """Files set aside or counted twice, silence, loss and clocks."""
    return together(workspace, CHECKS)
