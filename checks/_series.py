"""SQL that checks share: which days they look at, and what is usual of a weekday.

Belongs here: parts of queries. Does not belong here: what is held against which limit (one file a topic).
"""

# Older days have been told of: a check speaks of the running quarter and of the two before, which reports compare.
RECENT = """
    export_on >= (
        select date_trunc('quarter', max(export_on)) - interval 6 month from core.exporter_bins
    )
"""
# An exporter's days that can be compared: heard for half a day or more.
HEARD_DAYS = f"""
    select export_on, exporter
    from (
        select export_on, exporter, bin_at from core.exporter_bins
        where coalesce(is_covered, datagrams > 0) and {RECENT}
        group by all
    )
    group by all having count(*) >= 144
"""
WEEKS_OF_HISTORY = 4
# Day-to-day changes of a tenth are usual of any network, however even its last weeks were.
LEAST_SPREAD = 0.1


def unusual(series: str, members: str) -> str:
    """A query of a robust z by day and member of a query with `export_on`, these members and `amount`.

    Logarithms of the amount are held against the median of the same weekday of the eight weeks before, in units of
    their median deviation, so that growth and weekends are usual; against the newest of these weekdays, so that a new
    level is told for a week and not for two months, and of the same day a month ago, since some things are done on the
    first of each. Days with less than four such weekdays before have no row.
    """
    joined = " and ".join(f"before.{member} = today.{member}" for member in members.split(", "))
    return f"""
        with series as ({series}),
        today as (select export_on, {members}, amount::double as amount, ln(amount::double + 1) as level from series),
        history as (
            select today.export_on, {", ".join(f"today.{member}" for member in members.split(", "))},
                any_value(today.amount) as amount, any_value(today.level) as level,
                list(before.level) as levels, median(before.level) as usual_level,
                arg_max(before.level, before.export_on) as newest_level,
                any_value(month_before.level) as level_a_month_ago
            from today
            inner join today as before
                on {joined}
                and before.export_on < today.export_on
                and before.export_on >= today.export_on - 56
                and isodow(before.export_on) = isodow(today.export_on)
            left join today as month_before
                on {joined.replace("before.", "month_before.")}
                and month_before.export_on = today.export_on - interval 1 month
            group by all
        )
        select
            export_on, {members}, amount, exp(usual_level) - 1 as usual_amount,
            least(abs(level - usual_level), abs(level - newest_level), abs(level - level_a_month_ago))
            / greatest(1.4826 * list_median([abs(one - usual_level) for one in levels]), {LEAST_SPREAD}) as robust_z
        from history
        where len(levels) >= {WEEKS_OF_HISTORY}
        order by robust_z desc, export_on desc
    """
