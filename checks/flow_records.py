"""Whether core holds what was exported, once, and whether what was exported can be.

Belongs here: conservation, and the list of all checks of records. Does not belong here: the queries of clocks, sampling
and sides (checks._signs), of amounts that go on (checks._amounts), core against the marts (checks.marts).
"""

from datetime import date

import dagster as dg

from assets.exports.retired_days import records_let_go
from assets.ground.lake import Partition
from assets.ground.workspace import Workspace
from assets.warehouse.address_retention import DROPPED
from assets.warehouse.database import reading
from assets.warehouse.ledger import built_in, built_of, remember
from checks import _amounts, _signs
from checks._topic import TopicCheck, at_least, at_most, guard, together

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


def _bytes_read_and_accounted(workspace: Workspace) -> str:
    """Per export day: bytes in the lake's records against the sum over all reasons of core.

    A day without records is a row too: nothing was read, and nothing may be accounted for. A day that was built before
    is held against what was then read: a build of other days may not change it. So is a day whose exports were let go.
    """
    days = bytes_remembered(workspace)
    path = workspace.lake.path
    files = [str(path(FLOW_RECORDS, Partition("export_on", day))) for day, octets in days.items() if octets is None]
    rows = ", ".join(f"(date '{day}', {octets or 0}::hugeint)" for day, octets in days.items())
    read = f"select export_on, sum(coalesce(bytes, 0)) as bytes_read from read_parquet({files}) group by export_on"
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


def _published_bits(workspace: Workspace) -> str:
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
LOOK = "`netstats query` on core.conservation tells reasons by exporter and day"

CHECKS = (
    guard(
        "flow_records.bytes_are_conserved",
        "core/conservation",
        "Bytes read from the day's records equal bytes published and bytes set apart, by reason.",
        _bytes_read_and_accounted,
        at_most("bytes_adrift"),
        PLATFORM,
        kind=Conservation,
    ),
    guard(
        "flow_records.bits_are_conserved",
        "core/traffic_bins",
        "Published bits of a day are those of its bins, and those of its addresses.",
        _published_bits,
        at_most("bits_adrift"),
        PLATFORM,
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
        "The part of a day's bytes that comes from routers without a row in exporters.csv.",
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
        "flow_records.interfaces_are_known",
        "core/traffic_bins",
        "The part of an exporter's bits of a day on interfaces without a row in interfaces.csv.",
        _amounts.UNKNOWN_INTERFACES,
        at_most("share_of_bits"),
        "add their rows (`netstats init` on the folder adds them) with role and connectivity",
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
