"""Faults of what records say: sampling, times, counters, sides, points, interfaces, amounts.

Belongs here: faults of checks.flow_records. Does not belong here: files and silence (faults_of_exports).
"""

from collections.abc import Callable

import duckdb

from tests.faults.fault import Fault, blocked, made, source, warned
from tests.faults.good_world import Broken

WEST, EAST = (f"(select exporter from operator.exporters where name = '{name}')" for name in ("west", "east"))
ON = "date '2026-01-07'"
RECORDS = "exports.flow_records"
OF_WEST = f"where exporter = {WEST} and export_on = {ON}"
WEST_SINCE = f"where exporter = {WEST} and export_on >= {ON}"
TOMORROW = "start_at + interval 1 day"


def counters(statement: str) -> Callable[[Broken], None]:
    """The readings of interface counters as a query makes them of those of the good world."""

    def put(broken: Broken) -> None:
        path = broken.workspace.operator_folder / "interface_counters.csv"
        with duckdb.connect() as database:
            database.execute(f"create table readings as from read_csv('{path}', all_varchar = true)")
            database.execute(f"copy ({statement}) to '{path}' (header)")

    return put


FAULTS: tuple[Fault, ...] = (
    blocked(
        "sampling told tenfold",
        source(f"update {RECORDS} set sampling_interval = 10 * sampling_interval {WEST_SINCE}"),
        "flow_records.sampling_steps_are_real",
        "198.51.100.1",
        "'interval_before': 1000.0, 'sampling_interval': 10000.0",
    ),
    blocked(
        "sampling told a hundredth",
        source(f"update {RECORDS} set sampling_interval = 10 {WEST_SINCE}"),
        "flow_records.sampling_steps_are_real",
        "'sampling_interval': 10.0",
    ),
    warned(
        "sampling changed tenfold and not told",
        source(f"update {RECORDS} set bytes = bytes // 10, packets = packets // 10 {WEST_SINCE}"),
        "flow_records.router_days_are_usual",
        "198.51.100.1",
        "7 rows",
    ),
    blocked(
        "a router without sampling",
        source(f"update {RECORDS} set sampling_interval = null {WEST_SINCE}"),
        "flow_records.sampling_is_known",
        "198.51.100.1",
        "'first_on': '2026-01-07'",
        "sampling_interval in its row",
    ),
    blocked(
        "sampling unknown since the quarter began",
        source(f"update {RECORDS} set sampling_interval = null where exporter = {WEST} and export_on >= '2026-01-01'"),
        "flow_records.little_is_set_apart",
        "'quarter_began_on': '2026-01-01'",
    ),
    warned(
        "a record's counters stopped at 32 bits",
        source(f"update {RECORDS} set bytes = 4294967295, packets = 4000000 {OF_WEST} and in_if = 2"),
        "flow_records.counters_do_not_stop",
        "198.51.100.1",
        "64-bit counters",
    ),
    warned(
        "a counter that ran below zero",
        source(f"update {RECORDS} set bytes = 18446744073709551000 {OF_WEST}"),
        "flow_records.amounts_are_plausible",
        "198.51.100.1",
        "'share_of_bytes': 1.0",
    ),
    warned(
        "records a day ahead of their export",
        source(f"update {RECORDS} set start_at = {TOMORROW}, end_at = end_at + interval 1 day {OF_WEST}"),
        "flow_records.times_are_plausible",
        "198.51.100.1",
    ),
    warned(
        "records in a time zone an hour ahead",
        source(
            f"update {RECORDS} set start_at = start_at + interval 1 hour, end_at = end_at + interval 1 hour {OF_WEST}"
        ),
        "flow_records.record_clocks_agree",
        "198.51.100.1",
        "'clock_off_s': 35",
        "time zone to UTC",
    ),
    warned(
        "records in a time zone an hour behind",
        source(
            f"update {RECORDS} set start_at = start_at - interval 1 hour, end_at = end_at - interval 1 hour {OF_WEST}"
        ),
        "flow_records.record_clocks_agree",
        "'clock_off_s': 360",
    ),
    blocked(
        "a fifth of all times wrong",
        source(f"update {RECORDS} set end_at = end_at + interval 1 day where export_on >= '2026-01-01' and in_if = 1"),
        "flow_records.little_is_set_apart",
        "'share_of_bytes': 0.2",
    ),
    blocked(
        "an unknown exporter",
        source(f"update {RECORDS} set exporter = unhex('00000000000000000000FFFFC6336463') {WEST_SINCE}"),
        "flow_records.exporters_are_known",
        "'quarter_began_on': '2026-01-01', 'exporters': '198.51.100.99', 'first_on': '2026-01-07'",
        "netstats init",
    ),
    warned(
        "a missing own prefix, roles left open",
        source(
            "update operator.interfaces set role = null",
            "update registry.address_ranges set is_own = false",
        ),
        "flow_records.little_is_transit_or_internal",
        "'share_of_bytes': 1.0",
        "own_prefixes.csv",
    ),
    warned(
        "an own prefix that others hold",
        source("update registry.address_ranges set is_own = true where origin_as = 714"),
        "flow_records.own_is_no_peer",
        "own_prefixes.csv",
    ),
    warned(
        "an internal interface said to be external",
        source("update operator.interfaces set role = 'external' where if_index = 2"),
        "flow_records.little_is_transit_or_internal",
        "roles",
    ),
    warned(
        "an interface relabelled",
        source(f"update {RECORDS} set in_if = 7 where in_if = 3 and exporter = {WEST} and export_on >= {ON}"),
        "flow_records.interfaces_are_known",
        "198.51.100.1",
        "netstats init",
        "check_limits.csv",
    ),
    warned(
        "a link moved to another number",
        source(
            f"update {RECORDS} set in_if = case when in_if = 3 then 1 else in_if end, "
            f"out_if = case when out_if = 3 then 1 else out_if end {WEST_SINCE}"
        ),
        "flow_records.interfaces_go_on",
        "'interface': 'et-3'",
        "198.51.100.1",
    ),
    warned(
        "flows that are half of what the interface counts",
        counters("select * replace (2 * out_octets::hugeint as out_octets) from readings"),
        "flow_records.counters_tell_the_same",
        "'direction': 'egress'",
        "'share_off': 0.51",
        "sampling, filters and metering",
    ),
    warned(
        "an interface whose flows are not exported",
        made(
            "delete from core.placed_traffic_bins where exporter = '198.51.100.1' and interface = 'et-3' "
            f"and event_on = {ON}"
        ),
        "flow_records.counters_tell_the_same",
        "'event_on': '2026-01-07', 'exporter': '198.51.100.1', 'interface': 'et-3'",
        "'share_off': 1.0",
    ),
    warned(
        "interface counters that can't be read",
        counters("select * replace (if(read_at = '2026-01-07 04:00:00', 'n/a', in_octets) as in_octets) from readings"),
        "flow_records.counters_tell_the_same",
        "interface_counters.csv has 2026-01-07 04:00:00,n/a,",
    ),
    warned(
        "an interface above its speed",
        made(
            "update core.placed_traffic_bins set bits = 100000000000 * 300 * 2 where exporter = '198.51.100.1' "
            "and interface = 'et-1' and bin_at = (select max(bin_at) from core.placed_traffic_bins "
            "where exporter = '198.51.100.1' and interface = 'et-1')"
        ),
        "flow_records.rates_fit_interfaces",
        "'interface': 'et-1'",
        "speed_bps",
    ),
    warned(
        "IPv6 lost",
        source(f"delete from {RECORDS} where ip_version = 6 and exporter = {WEST} and export_on >= {ON}"),
        "flow_records.protocols_go_on",
        "'kind': 'IPv6'",
        "198.51.100.1",
    ),
    warned(
        "UDP lost",
        source(f"delete from {RECORDS} where protocol = 17 and exporter = {WEST} and export_on >= {ON}"),
        "flow_records.protocols_go_on",
        "'kind': 'protocol 17'",
    ),
    warned(
        "one direction lost",
        source(f"delete from {RECORDS} where in_if = 2 and exporter = {WEST} and export_on >= {ON}"),
        "flow_records.directions_go_on",
        "'kind': 'egress'",
        "198.51.100.1",
    ),
    warned(
        "addresses masked to their networks",
        source(
            f"update {RECORDS} set src_addr = unhex(left(hex(src_addr), 30) || '01') {WEST_SINCE} and in_if <> 2",
            f"update {RECORDS} set dst_addr = unhex(left(hex(dst_addr), 30) || '01') {WEST_SINCE} and in_if = 2",
        ),
        "flow_records.addresses_are_usual",
        "'metro': 'Los Angeles'",
        "mask or aggregate",
    ),
    warned(
        "a scan of thousands of addresses",
        source(
            f"insert into {RECORDS} select * exclude (number) replace ("
            "unhex(left(hex(src_addr), 28) || lpad(to_hex(number), 4, '0')) as src_addr, "
            "40::ubigint as bytes, 1::ubigint as packets"
            f") from (select *, unnest(range(1, 1000)) as number from ("
            f"select * from {RECORDS} {OF_WEST} and in_if = 1 and ip_version = 4 order by start_at limit 1))"
        ),
        "flow_records.addresses_are_usual",
        "'export_on': '2026-01-07'",
    ),
    warned(
        "a router exports to two collectors",
        source(f"insert into {RECORDS} select * replace ({EAST} as exporter) from {RECORDS} {OF_WEST}"),
        "flow_records.nothing_is_met_twice",
        "198.51.100.2",
    ),
    warned(
        "ingress and egress metered, and only one said",
        source(
            f"update {RECORDS} set metering_direction = 0 {OF_WEST}",
            f"insert into {RECORDS} select * replace (1 as metering_direction) from {RECORDS} {OF_WEST}",
        ),
        "flow_records.nothing_is_met_twice",
        "198.51.100.1",
        "'share_met_twice': 0.5",
        "set metering to both",
    ),
    warned(
        "the same records in another file",
        source(f"insert into {RECORDS} select * replace ('again.pcap' as source_file) from {RECORDS} {OF_WEST}"),
        "flow_records.nothing_is_met_twice",
        "'share_met_twice': 0.5",
    ),
    blocked(
        "metered once, and both said",
        source(
            "update operator.exporters set metering = 'both' where name = 'west'",
            f"update {RECORDS} set metering_direction = case when in_if = 2 then 0 else 1 end where exporter = {WEST}",
        ),
        "flow_records.dropped_records_have_twins",
        "198.51.100.1",
        "'share_without_twin': 1.0",
    ),
    warned(
        "a day of a router a third of what it was",
        source(f"delete from {RECORDS} {OF_WEST} and dst_port = 443 and hash(src_port) % 3 > 0"),
        "flow_records.router_days_are_usual",
        "'export_on': '2026-01-07'",
        "198.51.100.1",
    ),
    blocked(
        "one router-day above half of a quarter",
        made(
            "update core.placed_traffic_bins set bits = 500 * bits where exporter = '198.51.100.1' "
            "and event_on = date '2026-01-07'"
        ),
        "flow_records.no_router_day_is_a_quarter",
        "'event_on': '2026-01-07'",
        "198.51.100.1",
    ),
    warned(
        "bogons in traffic",
        source("update registry.address_ranges set special = 'private' where origin_as = 6724"),
        "flow_records.bogons_are_few",
        "BCP 38",
    ),
    blocked(
        "records that core lost",
        made("delete from core.conservation where export_on = date '2026-01-07' and exporter = '198.51.100.1'"),
        "flow_records.bytes_are_conserved",
        "'export_on': '2026-01-07'",
        "fault of the platform",
    ),
    blocked(
        "bins that core lost",
        made(
            "delete from core.traffic_bins where event_on = date '2026-01-07' "
            "and link in (select link from core.links where exporter = '198.51.100.1')"
        ),
        "flow_records.bits_are_conserved",
        "'export_on': '2026-01-07'",
    ),
    blocked(
        "addresses that core counts twice",
        made("insert into core.peer_address_days from core.peer_address_days where event_on = date '2026-01-07'"),
        "flow_records.bits_are_conserved",
        "'export_on': '2026-01-07'",
    ),
)
