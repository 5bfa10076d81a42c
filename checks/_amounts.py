"""Queries of amounts against what they can be, and against those of other days.

Belongs here: bits and bytes of routers and their interfaces. Does not belong here: types of networks
(checks.classification), limits (limits.csv).
"""

from checks._series import HEARD_DAYS, RECENT, unusual

RATES = f"""
    with speeds as (
        select exporter_address as exporter, interface, max(speed_bps)::double as speed_bps
        from read_parquet('{{operator/interfaces}}') where speed_bps > 0 group by all
    ),
    rates as (
        select export_on, exporter, interface, direction, bin_at, sum(bits)::double / 300 as bits_per_second
        from core.placed_traffic_bins where {RECENT} and interface is not null group by all
    )
    select export_on, exporter, interface, direction, arg_max(bin_at, bits_per_second) as bin_at,
        max(bits_per_second) / any_value(speed_bps) as rate_over_speed
    from rates inner join speeds using (exporter, interface)
    group by export_on, exporter, interface, direction
    order by rate_over_speed desc, export_on desc limit 1000
"""
UNKNOWN_INTERFACES = f"""
    select export_on, exporter,
        coalesce(sum(bits) filter (where interface is null), 0)::double / sum(bits)::double as share_of_bits
    from core.placed_traffic_bins where {RECENT}
    group by export_on, exporter having sum(bits) > 0
    order by share_of_bits desc, export_on desc, exporter
"""
# Silent for the rest of the exporter's day and the next, so that an hour's maintenance is not told.
INTERFACES = f"""
    with heard as ({HEARD_DAYS}),
    by_interface as (
        select export_on, exporter, interface, sum(bits)::double as bits
        from core.placed_traffic_bins semi join heard using (export_on, exporter)
        where {RECENT} and interface is not null group by all
    ),
    by_exporter as (select export_on, exporter, sum(bits) as bits from by_interface group by all),
    links as (select distinct exporter, interface from by_interface),
    days as (
        select by_exporter.export_on, links.exporter, links.interface, by_exporter.bits as bits_of_exporter,
            coalesce(by_interface.bits, 0) as bits
        from by_exporter
        inner join links on by_exporter.exporter = links.exporter
        left join by_interface
            on by_exporter.export_on = by_interface.export_on
            and links.exporter = by_interface.exporter and links.interface = by_interface.interface
    ),
    followed as (
        select *,
            sum(bits) over week_before / nullif(sum(bits_of_exporter) over week_before, 0) as share_before,
            count(*) over week_before as days_before
        from days
        window week_before as (
            partition by exporter, interface order by export_on
            rows between 7 preceding and 1 preceding
        )
    )
    select export_on, exporter, interface, share_before,
        case when bits < 0.001 * bits_of_exporter then share_before else 0 end as share_that_is_gone
    from followed where days_before >= 7
    order by share_that_is_gone desc, export_on desc, exporter, interface
"""


def part_of_usual(kinds: str, *, kinds_of_one: int = 1) -> str:
    """What an exporter's kinds have of its day, over their median part of two weeks, of `export_on`, exporter, `kind`
    and `amount`, in which each amount has so many kinds. Of at least a hundredth of it: rarer kinds come and go.
    """
    return f"""
        with heard as ({HEARD_DAYS}),
        by_kind as (
            select export_on, exporter, kind, sum(amount)::double as amount from ({kinds})
            semi join heard using (export_on, exporter) group by all
        ),
        whole as (
            select export_on, exporter, sum(amount) as amount from by_kind group by all having sum(amount) > 0
        ),
        shares as (
            select whole.export_on, whole.exporter, found.kind,
                {kinds_of_one} * coalesce(by_kind.amount, 0) / whole.amount as share
            from whole
            inner join (select distinct exporter, kind from by_kind) as found on whole.exporter = found.exporter
            left join by_kind
                on whole.export_on = by_kind.export_on and whole.exporter = by_kind.exporter
                and found.kind = by_kind.kind
        ),
        followed as (
            select *, median(share) over before as usual_share, count(*) over before as days_before
            from shares
            window before as (
                partition by exporter, kind order by export_on rows between 14 preceding and 1 preceding
            )
        )
        select export_on, exporter, kind, share, usual_share, share / usual_share as part_of_usual
        from followed where days_before >= 7 and usual_share >= 0.01
        order by part_of_usual, export_on desc, exporter, kind
    """


PROTOCOLS = part_of_usual(
    f"""
        select export_on, exporter, unnest(['IPv' || ip_version, 'protocol ' || protocol]) as kind,
            bytes_as_exported as amount
        from core.record_days where {RECENT}
    """,
    kinds_of_one=2,
)
DIRECTIONS = part_of_usual(f"""
    select export_on, exporter, direction as kind, bits as amount from core.placed_traffic_bins where {RECENT}
""")
# Of a metro with some dozens of addresses; on days on which every router was heard as usual.
ADDRESSES = unusual(
    f"""
        with heard as (select export_on, count(*) as exporters from ({HEARD_DAYS}) group by all),
        whole as (select export_on from heard where exporters = (select max(exporters) from heard)),
        days as (
            select export_on, metro, approx_count_distinct(subscriber) as amount
            from core.placed_peer_address_days semi join whole using (export_on)
            where {RECENT} group by all
        ),
        counted as (select *, median(amount) over (partition by metro) as usual_amount from days)
        select export_on, metro, amount from counted where usual_amount >= 30
    """,
    "metro",
)
ROUTER_DAYS = unusual(
    f"""
        select traffic.export_on, traffic.exporter, sum(traffic.bits) as amount
        from core.placed_traffic_bins as traffic semi join ({HEARD_DAYS}) as heard using (export_on, exporter)
        where {RECENT} group by all
    """,
    "exporter",
)
LARGEST_DAYS = f"""
    with days as (
        select date_trunc('quarter', event_on)::date as quarter_began_on, event_on, exporter, sum(bits)::double as bits
        from core.placed_traffic_bins where {RECENT} group by all
    ),
    shares as (
        select *, bits / nullif(sum(bits) over quarter, 0) as share_of_quarter,
            dense_rank() over (partition by quarter_began_on order by event_on) as day_number
        from days window quarter as (partition by quarter_began_on)
    )
    select quarter_began_on, event_on, exporter, share_of_quarter
    from shares
    where share_of_quarter is not null and quarter_began_on in (
        select quarter_began_on from shares group by quarter_began_on having max(day_number) >= 10
    )
    order by share_of_quarter desc limit 1000
"""
