"""Whether core holds what was exported, once, and whether what was exported can be.

Belongs here: the list of all checks of records. Does not belong here: their queries (checks._conservation,
checks._signs, checks._amounts, checks._counters), core against the marts (checks.marts).
"""

import dagster as dg

from assets.ground.workspace import Workspace
from checks import _amounts, _signs
from checks._conservation import Conservation, bytes_read_and_accounted, published_bits
from checks._counters import flows_beside_counters
from checks._topic import at_least, at_most, guard, together

# Without a row of an exporter that drops nothing there would be no row at all, as if nothing had been looked at.
TWINS = """
    with days as (select distinct export_on, exporter from core.conservation)
    select
        export_on::varchar as export_on,
        exporter,
        coalesce(bytes_without_twin::double / nullif(bytes_judged, 0)::double, 0) as share_without_twin
    from days left join core.metering_twins using (export_on, exporter)
    order by share_without_twin desc, export_on, exporter
"""
PLATFORM = "this is a fault of the platform: keep the state, and report it with these rows"
LOOK = (
    "`netstats status` tells each reason and what to do; by exporter and day, `netstats query --file` does of "
    "core.conservation in the working database (`warehouse/working.duckdb` of the state)"
)

CHECKS = (
    guard(
        "flow_records.bytes_are_conserved",
        "core/conservation",
        "Bytes read from the day's records equal bytes published and bytes set apart, by reason.",
        bytes_read_and_accounted,
        at_most("bytes_adrift"),
        PLATFORM,
        kind=Conservation,
    ),
    guard(
        "flow_records.bits_are_conserved",
        "core/traffic_bins",
        "Published bits of a day are those of its bins, and those of its addresses.",
        published_bits,
        at_most("bits_adrift"),
        f"`netstats build` makes days whole of which only some tables were made; if it fails there, too, {PLATFORM}",
    ),
    guard(
        "flow_records.dropped_records_have_twins",
        "core/metering_twins",
        "The part of the bytes dropped as metered twice that were metered once, by exporter and day.",
        TWINS,
        at_most("share_without_twin"),
        "these exporters meter packets once: set their metering to ingress or egress in exporters.csv",
    ),
    guard(
        "flow_records.nothing_is_met_twice",
        "core/double_counting",
        "The part of an exporter's published bytes of a day that another point, or another record, tells too.",
        _signs.MET_TWICE,
        at_most("share_met_twice"),
        "set metering to both where a router meters in and out; make links between own routers internal",
    ),
    guard(
        "flow_records.exporters_are_known",
        "core/conservation",
        "The part of a quarter's bytes that comes from routers without a row in exporters.csv.",
        _signs.UNKNOWN_EXPORTERS,
        at_most("share_of_bytes"),
        "add their rows (`netstats init` on the folder adds them), or take their files out of the source",
    ),
    guard(
        "flow_records.sampling_is_known",
        "core/conservation",
        "The part of an exporter's bytes of a quarter that can't be scaled, since its sampling interval is not known.",
        _signs.UNKNOWN_SAMPLING,
        at_most("share_of_bytes"),
        "have the router export its sampling options, or write sampling_interval in its row of exporters.csv",
    ),
    guard(
        "flow_records.sampling_steps_are_real",
        "core/traffic_bins",
        "How much of a change of an exporter's sampling interval its bits follow, when they should not.",
        _signs.SAMPLING_STEPS,
        at_most("explained_by_interval"),
        "compare the router's configuration with what it exports; write the true interval in exporters.csv",
        may_be_empty=True,
    ),
    guard(
        "flow_records.times_are_plausible",
        "core/conservation",
        "The part of an exporter's bytes of a day set apart for impossible times.",
        _signs.apart("implausible_time"),
        at_most("share_of_bytes"),
        "set active_timeout_s in its row to what the router uses, and its clock by NTP",
    ),
    guard(
        "flow_records.record_clocks_agree",
        "core/record_days",
        "By how many seconds the times of an exporter's records are off from when they were exported.",
        _signs.CLOCKS,
        at_most("clock_off_s"),
        "set the router's or the collector's clock and time zone to UTC; flow times are UTC everywhere",
    ),
    guard(
        "flow_records.amounts_are_plausible",
        "core/conservation",
        "The part of an exporter's bytes of a day set apart for impossible amounts.",
        _signs.apart("implausible_amount"),
        at_most("share_of_bytes"),
        "compare speed_bps in interfaces.csv with the link; a counter that wrapped is a fault of the router",
    ),
    guard(
        "flow_records.little_is_set_apart",
        "core/conservation",
        "The part of a quarter's bytes left out for times, amounts or sampling intervals that are wrong or not known.",
        _signs.LOST_TO_FAULTS,
        at_most("share_of_bytes"),
        LOOK,
    ),
    guard(
        "flow_records.little_is_transit_or_internal",
        "core/conservation",
        "The part of an exporter's bytes of a day that passed through or stayed within.",
        _signs.apart("transit", "internal"),
        at_most("share_of_bytes"),
        "complete own_prefixes.csv, and the roles of the router's interfaces",
    ),
    guard(
        "flow_records.counters_do_not_stop",
        "core/record_days",
        "Records of an exporter and day of which a counter stands at its end.",
        _signs.COUNTERS,
        at_most("records_at_counter_limit"),
        "have the router use 64-bit counters (IE 1 and 2 in eight bytes) or a shorter active timeout",
    ),
    guard(
        "flow_records.rates_fit_interfaces",
        "core/traffic_bins",
        "The highest five-minute rate of an interface and direction of a day over its speed.",
        _amounts.RATES,
        at_most("rate_over_speed"),
        "mend speed_bps in interfaces.csv; if it is right, the sampling interval is not",
        may_be_empty=True,
    ),
    guard(
        "flow_records.counters_tell_the_same",
        "core/traffic_bins",
        "The part by which an external interface's flows of a day differ from its own counters of octets.",
        flows_beside_counters,
        at_most("share_off"),
        "look at sampling, filters and metering of the interface, and at what was lost; mend what can't be read",
        may_be_empty=True,
    ),
    guard(
        "flow_records.interfaces_are_known",
        "core/traffic_bins",
        "The part of an exporter's bits of a day on interfaces without a row in interfaces.csv.",
        _amounts.UNKNOWN_INTERFACES,
        at_most("share_of_bits"),
        "add their rows (`netstats init` on the folder adds them) with role and connectivity; where exports tell no "
        "interface (0), own_prefixes.csv alone decides: switch this off in check_limits.csv",
    ),
    guard(
        "flow_records.interfaces_go_on",
        "core/traffic_bins",
        "The part that an interface had of its exporter's bits in the week before a day on which it is silent.",
        _amounts.INTERFACES,
        at_most("share_that_is_gone"),
        "look which number the link has now, and give the old row of interfaces.csv a valid_to",
        may_be_empty=True,
    ),
    guard(
        "flow_records.protocols_go_on",
        "core/record_days",
        "By how much an IP version or a protocol of an exporter keeps its usual part of bytes.",
        _amounts.PROTOCOLS,
        at_least("part_of_usual"),
        "look at the exporter's templates and filters: a version or protocol was lost on the way",
        may_be_empty=True,
    ),
    guard(
        "flow_records.directions_go_on",
        "core/traffic_bins",
        "By how much a direction of an exporter keeps its usual part of bits.",
        _amounts.DIRECTIONS,
        at_least("part_of_usual"),
        "look at which interfaces the exporter meters, and whether their roles or numbers changed",
        may_be_empty=True,
    ),
    guard(
        "flow_records.addresses_are_usual",
        "core/traffic_bins",
        "How far a metro's addresses of a day are from those of the same weekday of the weeks before (robust z).",
        _amounts.ADDRESSES,
        at_most("robust_z"),
        "look whether its exporters mask or aggregate addresses now, or whether the day saw a scan or forged sources",
        may_be_empty=True,
    ),
    guard(
        "flow_records.router_days_are_usual",
        "core/traffic_bins",
        "How far an exporter's bits of a day are from those of the same weekday of the weeks before (robust z).",
        _amounts.ROUTER_DAYS,
        at_most("robust_z"),
        "find out what changed that day: a link, a sampling interval, a loss; keep the reason with the report",
        may_be_empty=True,
    ),
    guard(
        "flow_records.no_router_day_is_a_quarter",
        "core/traffic_bins",
        "The part of a quarter's bits that one router moved on one day, where the quarter has ten days or more.",
        _amounts.LARGEST_DAYS,
        at_most("share_of_quarter"),
        "look at the router's counters and sampling on that day; set its row's validity so that the day is left out",
        may_be_empty=True,
    ),
    guard(
        "flow_records.bogons_are_few",
        "core/record_days",
        "The part of an exporter's bytes of a day of addresses set apart from the public Internet, which are not own.",
        _signs.BOGONS,
        at_most("share_of_bytes"),
        "add private addresses in use to own_prefixes.csv; filter the others at the border (BCP 38)",
    ),
    guard(
        "flow_records.own_is_no_peer",
        "core/traffic_bins",
        "The part of a day's bits whose far end is an own address.",
        _signs.OWN_PEERS,
        at_most("share_of_bits"),
        "take prefixes that others hold out of own_prefixes.csv; mend roles of interfaces that face own servers",
    ),
)


def define(workspace: Workspace) -> list[dg.AssetChecksDefinition]:
    """Conservation, exact, before the marts; and signs in records and amounts that something before them is wrong."""
    return together(workspace, CHECKS)
