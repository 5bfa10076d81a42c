"""Faults of what came: files, silence, loss, copies, clocks of days.

Belongs here: faults of checks.flow_exports. Does not belong here: what records say (faults_of_records).
"""

from tests.faults.fault import Fault, blocked, source, warned

WEST, EAST = (f"(select exporter from operator.exporters where name = '{name}')" for name in ("west", "east"))
ON = "date '2026-01-07'"
OF_WEST = f"where exporter = {WEST} and export_on = {ON}"
HEALTH, FILES = "exports.export_health", "exports.flow_exports"

FAULTS: tuple[Fault, ...] = (
    warned(
        "a silent hour",
        source(
            f"delete from {HEALTH} where exporter = {WEST} "
            f"and bin_at >= '2026-01-07 10:00:00+00' and bin_at < '2026-01-07 11:00:00+00'"
        ),
        "flow_exports.bins_are_present",
        "198.51.100.1",
        "'silent_from': '2026-01-07 10:00:00'",
        "'bins_missing': 12",
    ),
    warned(
        "bins with no datagram in them",
        source(
            f"update {HEALTH} set is_covered = false, datagrams = 0 where exporter = {WEST} "
            f"and bin_at >= '2026-01-07 10:00:00+00' and bin_at < '2026-01-07 11:00:00+00'"
        ),
        "flow_exports.bins_are_present",
        "'bins_missing': 12",
    ),
    warned(
        "a router silent since ten in the morning of the newest day",
        source(f"delete from {HEALTH} where exporter = {WEST} and bin_at >= '2026-01-18 10:00:00+00'"),
        "flow_exports.bins_are_present",
        "198.51.100.1",
        "'bins_missing': 168",
    ),
    warned(
        "a router silent for a day",
        source(f"delete from {HEALTH} where exporter = {EAST} and export_on = {ON}"),
        "flow_exports.every_exporter_reports",
        "'export_on': '2026-01-07'",
        "'name': 'east'",
        "valid_to",
    ),
    warned(
        "a router silent since some day",
        source(f"delete from {HEALTH} where exporter = {EAST} and export_on >= {ON}"),
        "flow_exports.every_exporter_reports",
        "12 rows",
        "'name': 'east'",
    ),
    warned(
        "a missing day",
        source(f"delete from {HEALTH} where export_on = {ON}"),
        "flow_exports.no_day_is_missing",
        "'export_on': '2026-01-07'",
        "netstats build --from DAY",
    ),
    warned(
        "a file that is not a flow export",
        source(f"update {FILES} set state = 'quarantined', reason = 'a picture' where export_on = {ON}"),
        "flow_exports.no_file_is_quarantined",
        "198.51.100.1.pcap: a picture",
    ),
    warned(
        "a file that still changed",
        source(f"update {FILES} set state = 'unstable', reason = 'changed while it was pulled' where export_on = {ON}"),
        "flow_exports.no_file_is_quarantined",
        "changed while it was pulled",
    ),
    warned(
        "a file that is cut",
        source(
            "insert into exports.export_losses by name select date '2026-01-07' as export_on, 'exports' as source, "
            "'198.51.100.1.pcap' as source_file, 'cut_file' as reason, 1 as count, true as leaves_file_incomplete, "
            "'deliver it whole' as remedy"
        ),
        "flow_exports.files_are_read_to_their_end",
        "198.51.100.1.pcap: cut_file 1",
    ),
    blocked(
        "a file twice, under two names",
        source(
            f"insert into {FILES} select * replace ('again.pcap' as source_file) from {FILES} "
            f"where export_on = {ON} and source_file = '198.51.100.1.pcap'"
        ),
        "flow_exports.no_file_counts_twice",
        "again.pcap",
        "198.51.100.1.pcap",
    ),
    blocked(
        "a file twice, for two days",
        source(
            f"insert into {FILES} select * replace (export_on + 1 as export_on, 'late.pcap' as source_file) "
            f"from {FILES} where export_on = {ON} and source_file = '198.51.100.1.pcap'"
        ),
        "flow_exports.no_file_counts_twice",
        "late.pcap",
    ),
    warned(
        "everything delivered twice",
        source(f"update {HEALTH} set duplicates = datagrams {OF_WEST}"),
        "flow_exports.datagrams_come_once",
        "198.51.100.1",
        "'share_of_copies': 0.5",
    ),
    warned(
        "templates missing for a day",
        source(f"update {HEALTH} set undecoded_sets = 1, data_records = 0 {OF_WEST}"),
        "flow_exports.sets_are_decoded",
        "198.51.100.1",
        "'undecoded_sets': 288",
        "templates oftener",
    ),
    warned(
        "a tenth of the datagrams lost",
        source(f"update {HEALTH} set data_records = 9, records_lost = 1 {OF_WEST}"),
        "flow_exports.records_received",
        "198.51.100.1",
        "'received_share': 0.9",
    ),
    warned(
        "a collector whose buffer was too small",
        source(
            "insert into exports.export_losses by name select date '2026-01-07' as export_on, 'exports' as source, "
            "'collector/0.losses.json' as source_file, 'dropped_by_kernel' as reason, 100 as count, "
            "false as leaves_file_incomplete, 'a larger buffer' as remedy"
        ),
        "flow_exports.collector_keeps_up",
        "collector/0.losses.json: dropped_by_kernel 100",
        "'datagrams_lost': 100",
        "--buffer",
    ),
    warned(
        "a clock one hour ahead",
        source(f"update {HEALTH} set bin_at = bin_at + interval 1 hour where exporter = {WEST}"),
        "flow_exports.clocks_tell_the_day",
        "198.51.100.1",
        "'clock_off_s': 3600",
        "NTP",
    ),
    warned(
        "a clock one hour behind",
        source(f"update {HEALTH} set bin_at = bin_at - interval 1 hour where exporter = {WEST}"),
        "flow_exports.clocks_tell_the_day",
        "'clock_off_s': 3600",
    ),
    warned(
        "files cut by the local time of Los Angeles",
        source(f"update {HEALTH} set bin_at = bin_at + interval 8 hour"),
        "flow_exports.clocks_tell_the_day",
        "'clock_off_s': 28800",
        "UTC",
    ),
    warned(
        "a file of the future",
        source(f"update {HEALTH} set bin_at = bin_at + interval 3 day {OF_WEST}"),
        "flow_exports.clocks_tell_the_day",
        "'export_on': '2026-01-07'",
        "'clock_off_s': 259200",
    ),
)
