"""Queries of what records show to be wrong before them: clocks, sampling, sides, points, addresses.

Belongs here: one exporter's day by itself, or before and after a change. Does not belong here: amounts against those of
other days (checks._amounts), limits (limits.csv).
"""

from checks._series import HEARD_DAYS, RECENT

MET_TWICE = f"""
    with days as (select distinct export_on, exporter from core.conservation where {RECENT})
    select export_on, exporter,
        coalesce(bytes_met_again::double / nullif(bytes_judged, 0)::double, 0) as share_met_twice
    from days left join core.double_counting using (export_on, exporter)
    order by share_met_twice desc, export_on desc, exporter
"""
# By quarter: a router that is new on its last day does not stop all others.
UNKNOWN_EXPORTERS = f"""
    with known as (
        select exporter_address as exporter, coalesce(valid_from, date '0001-01-01') as valid_from,
            coalesce(valid_to, date '9999-12-31') as valid_to
        from read_parquet('{{operator/exporters}}')
    ),
    traffic as (
        select export_on, exporter, sum(bytes_as_exported)::double as bytes,
            not exists (
                select 1 from known
                where known.exporter = conservation.exporter and export_on between valid_from - 1 and valid_to + 1
            ) as is_unknown
        from core.conservation where {RECENT} group by export_on, exporter
    )
    select date_trunc('quarter', export_on)::date as quarter_began_on,
        string_agg(distinct exporter, ', ' order by exporter) filter (where is_unknown) as exporters,
        min(export_on) filter (where is_unknown) as first_on,
        coalesce(sum(bytes) filter (where is_unknown), 0) / sum(bytes) as share_of_bytes
    from traffic group by all having sum(bytes) > 0
    order by share_of_bytes desc, quarter_began_on desc
"""


def apart(*reasons: str) -> str:
    """The part of bytes that is set apart for these reasons, by export day and exporter."""
    listed = ", ".join(f"'{reason}'" for reason in reasons)
    return f"""
        select export_on, exporter,
            coalesce(sum(bytes_as_exported) filter (where reason in ({listed})), 0)::double
            / sum(bytes_as_exported)::double as share_of_bytes
        from core.conservation where {RECENT}
        group by export_on, exporter having sum(bytes_as_exported) > 0
        order by share_of_bytes desc, export_on desc, exporter
    """


# By quarter: a router that forgot its options for an hour does not stop all others.
UNKNOWN_SAMPLING = f"""
    select date_trunc('quarter', export_on)::date as quarter_began_on, exporter,
        min(export_on) filter (where reason = 'unknown_sampling') as first_on,
        coalesce(sum(bytes_as_exported) filter (where reason = 'unknown_sampling'), 0)::double
        / sum(bytes_as_exported)::double as share_of_bytes
    from core.conservation where {RECENT}
    group by all having sum(bytes_as_exported) > 0
    order by share_of_bytes desc, quarter_began_on desc, exporter
"""
LOST_TO_FAULTS = f"""
    select date_trunc('quarter', export_on)::date as quarter_began_on,
        coalesce(sum(bytes_as_exported) filter (
            where reason in ('unknown_sampling', 'implausible_time', 'implausible_amount')
        ), 0)::double / sum(bytes_as_exported)::double as share_of_bytes
    from core.conservation where {RECENT}
    group by all having sum(bytes_as_exported) > 0 order by share_of_bytes desc
"""
# The interval of a day is that of most of its sampled packets; the weeks around a change are held against each other.
SAMPLING_STEPS = f"""
    with heard as ({HEARD_DAYS}),
    amounts as (
        select export_on, exporter, sampling_interval, sum(bits)::double as bits, sum(sampled_packets) as packets
        from core.placed_traffic_bins where {RECENT} group by all
    ),
    days as (
        select export_on, exporter, arg_max(sampling_interval, packets) as sampling_interval, sum(bits) as bits
        from amounts semi join heard using (export_on, exporter) group by export_on, exporter
    ),
    followed as (
        select *, lag(sampling_interval) over (partition by exporter order by export_on) as interval_before from days
    ),
    changes as (
        select * from followed where interval_before > 0 and sampling_interval > 0
            and abs(ln(sampling_interval / interval_before)) > 0.5
    ),
    -- The day of the change is of both intervals.
    levels as (
        select changes.export_on, changes.exporter, changes.interval_before, changes.sampling_interval,
            median(days.bits) filter (where days.export_on < changes.export_on) as bits_before,
            median(days.bits) filter (where days.export_on > changes.export_on) as bits_after,
            count(*) filter (where days.export_on < changes.export_on) as days_before,
            count(*) filter (where days.export_on > changes.export_on) as days_after
        from changes inner join days
            on changes.exporter = days.exporter
            and days.export_on between changes.export_on - 8 and changes.export_on + 7
            and days.export_on <> changes.export_on - 1
        group by all
    )
    select export_on, exporter, interval_before, sampling_interval, bits_before, bits_after,
        ln(bits_after / bits_before) / ln(sampling_interval / interval_before) as explained_by_interval
    from levels
    where days_before >= 3 and days_after >= 3 and bits_before > 0 and bits_after > 0
    order by explained_by_interval desc, export_on desc
"""
# Behind: even the soonest record is told late. Ahead: even the latest one ends after it was told.
CLOCKS = f"""
    with timeouts as (
        select exporter_address as exporter, max(active_timeout_s) as active_timeout_s
        from read_parquet('{{operator/exporters}}') group by all
    ),
    delays as (
        select export_on, exporter, min(delay_ms_min) / 1000 as least_s, max(delay_ms_max) / 1000 as most_s,
            sum(records) as records
        from core.record_days where {RECENT} group by export_on, exporter
    )
    select export_on, exporter, least_s, most_s,
        case
            when most_s < 0 then -most_s
            when least_s > coalesce(active_timeout_s, 1800) then least_s
            else 0
        end as clock_off_s
    from delays left join timeouts using (exporter)
    order by clock_off_s desc, export_on desc, exporter
"""
COUNTERS = f"""
    select export_on, exporter, sum(records_at_counter_limit) as records_at_counter_limit
    from core.record_days where {RECENT}
    group by export_on, exporter order by records_at_counter_limit desc, export_on desc, exporter
"""
BOGONS = f"""
    select export_on, exporter, sum(bytes_of_bogons)::double / sum(bytes_as_exported)::double as share_of_bytes
    from core.record_days where {RECENT}
    group by export_on, exporter having sum(bytes_as_exported) > 0
    order by share_of_bytes desc, export_on desc, exporter
"""
OWN_PEERS = f"""
    select export_on,
        coalesce(sum(bits) filter (where network_rule = 'own'), 0)::double / sum(bits)::double as share_of_bits
    from core.placed_traffic_bins where {RECENT}
    group by export_on having sum(bits) > 0 order by share_of_bits desc, export_on desc
"""
