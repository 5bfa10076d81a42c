"""The small marts that describe a report, read as typed values.

Belongs here: queries of those marts and the refusal of what does not fit. Does not belong here: traffic.
"""

import re
from dataclasses import replace
from datetime import date

from assets.reports.charts._calendar import quarter_before, quarter_dates
from assets.reports.charts._marts import ChartError, Marts, Row
from assets.reports.charts._report import (
    NetworkType,
    Region,
    Report,
    SamplingShare,
    ShareGroup,
    Source,
    Verdict,
    Window,
)


def read_report(marts: Marts, quarter: str) -> Report:
    """Read what describes a quarter; ChartError if the quarter has not been made."""
    operator = _the_operator(marts)
    tracking_began_on = operator.day("tracking_began_on")
    window = _window(marts, quarter, tracking_began_on)
    if window is None:
        raise ChartError(f"{quarter} has no row in marts.coverage_quarterly; materialize that quarter's marts first")
    return Report(
        operator=operator.text("operator"),
        is_simulated=operator.flag("is_simulated"),
        timezone=operator.text("timezone"),
        window=window,
        previous=_window(marts, quarter_before(quarter), tracking_began_on),
        since_tracking_began=_since_tracking_began(marts, window),
        network_types=_network_types(marts),
        regions=_regions(marts),
        sampling=_sampling(marts, quarter),
        sources=_sources(marts),
        verdicts=_verdicts(marts),
        share_groups=_share_groups(marts, window.ended_on),
    )


def _the_operator(marts: Marts) -> Row:
    rows = marts.rows("select operator, is_simulated, timezone, tracking_began_on from marts.operator_profile")
    if len(rows) != 1:
        raise ChartError(f"marts.operator_profile has {len(rows)} rows where one is needed; materialize it again")
    return rows[0]


COUNTS = (
    "days_expected",
    "days_present",
    "bins_expected",
    "bins_present",
    "records_expected",
    "records_received",
    "records_lost",
    "files_quarantined",
    "malformed_datagrams",
    "undecoded_sets",
)


def _window(marts: Marts, quarter: str, tracking_began_on: date) -> Window | None:
    began_on, ended_on = quarter_dates(quarter)
    rows = marts.rows(
        f"select {', '.join(COUNTS)}, is_lost_estimated from marts.coverage_quarterly where quarter = '{quarter}'"
    )
    if not rows or not rows[0].whole_or_none("days_present"):
        return None
    counts = {column: rows[0].whole_or_none(column) or 0 for column in COUNTS}
    return Window(
        quarter=quarter,
        began_on=began_on,
        ended_on=ended_on,
        tracking_began_on=tracking_began_on,
        is_lost_estimated=rows[0].flag("is_lost_estimated"),
        **counts,
    )


def _since_tracking_began(marts: Marts, window: Window) -> Window:
    """All quarters up to one as a single window."""
    rows = marts.rows(f"select quarter from marts.coverage_quarterly where quarter <= '{window.quarter}'")
    found = [_window(marts, row.text("quarter"), window.tracking_began_on) for row in rows]
    windows = [one for one in found if one is not None]
    return replace(
        window,
        began_on=min(one.began_on for one in windows),
        is_lost_estimated=any(one.is_lost_estimated for one in windows),
        **{column: sum(getattr(one, column) for one in windows) for column in COUNTS},
    )


def _share_groups(marts: Marts, ended_on: date) -> tuple[ShareGroup, ...]:
    rows = marts.rows(
        "select share_group, any_value(label) as label, list(network_type order by network_type) as network_types "
        f"from marts.share_groups where coalesce(valid_from <= date '{ended_on}', true) "
        f"and coalesce(valid_to >= date '{ended_on}', true) group by share_group order by share_group"
    )
    return tuple(ShareGroup(row.text("share_group"), row.text("label"), row.texts("network_types")) for row in rows)


def _network_types(marts: Marts) -> tuple[NetworkType, ...]:
    rows = marts.rows(
        "select network_type, label, position, colour, definition from marts.network_types "
        "order by position, network_type"
    )
    return tuple(
        NetworkType(
            row.text("network_type"),
            row.text("label"),
            row.whole("position"),
            _colour(row),
            row.text("definition"),
        )
        for row in rows
    )


def _colour(row: Row) -> str:
    colour = row.text("colour")
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ChartError(
            f"network type {row.text('network_type')} has colour {colour!r}; write it as #rrggbb in its seed"
        )
    return colour.lower()


def _regions(marts: Marts) -> tuple[Region, ...]:
    rows = marts.rows("select region, label, position from marts.regions order by position, region")
    return tuple(Region(row.text("region"), row.text("label"), row.whole("position")) for row in rows)


def _sampling(marts: Marts, quarter: str) -> tuple[SamplingShare, ...]:
    rows = marts.rows(
        "select sampling_interval, share_of_bits from marts.sampling_quarterly "
        f"where quarter = '{quarter}' order by share_of_bits desc nulls last, sampling_interval"
    )
    return tuple(
        SamplingShare(row.number_or_none("sampling_interval"), row.number_or_none("share_of_bits")) for row in rows
    )


def _sources(marts: Marts) -> tuple[Source, ...]:
    rows = marts.rows(
        "select source, producer, title, address, licence, citation, as_of, visible_credit, "
        "visible_credit_address from marts.data_sources order by source"
    )
    return tuple(
        Source(
            source=row.text("source"),
            producer=row.text_or_none("producer") or "",
            title=row.text_or_none("title") or row.text("source"),
            address=row.text_or_none("address") or "",
            licence=row.text_or_none("licence") or "not stated",
            citation=row.text_or_none("citation") or "",
            as_of=row.day_or_none("as_of"),
            visible_credit=row.text_or_none("visible_credit"),
            visible_credit_address=row.text_or_none("visible_credit_address"),
        )
        for row in rows
    )


def _verdicts(marts: Marts) -> tuple[Verdict, ...]:
    rows = marts.rows("select verdict, level, meaning, limit_in_force from marts.verdicts order by level, verdict")
    return tuple(
        Verdict(row.text("verdict"), row.whole("level"), row.text("meaning"), row.number_or_none("limit_in_force"))
        for row in rows
    )
