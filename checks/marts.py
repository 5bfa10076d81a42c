"""Whether the marts say what core holds, before they are published.

Belongs here: marts against core and against themselves. Does not belong here: records against core
(checks.flow_records).
"""

from datetime import date

import dagster as dg

from assets.ground.workspace import Workspace
from checks._limits import Limit
from checks._topic import TopicCheck, at_most

# What is withheld under its own name is counted in a row named `withheld`, so that these marts still add up. Shares are
# null where those of some types would tell of others, and nothing is told of a quarter with too few addresses.
SHARES = """
    with published as (
        select 'network_type_monthly' as mart, month::varchar as period, share_of_bits, is_suppressed
        from marts.network_type_monthly
        union all
        select 'network_type_quarterly', quarter, share_of_bits, is_suppressed from marts.network_type_quarterly
        union all
        select 'network_quarterly', quarter, share_of_bits, is_suppressed from marts.network_quarterly
        union all
        select 'region_network_type_quarterly', quarter, share_of_bits, is_suppressed
        from marts.region_network_type_quarterly
    )
    select mart, period, abs(sum(share_of_bits) - 1) as off_one from published
    where not is_suppressed group by all having count(share_of_bits) > 0
"""
WHOLES = (
    "network_type_quarterly",
    "network_quarterly",
    "traffic_flow_quarterly",
    "region_network_type_quarterly",
    "connectivity_quarterly",
    "metro_quarterly",
    "country_quarterly",
    "magnitude_quarterly",
)
# Months, versions, sizes and intervals are withheld without such a row: what is left can only be held not to be more.
PARTS = (
    "network_type_monthly",
    "ip_version_monthly",
    "magnitude_monthly",
    "flow_size_quarterly",
    "sampling_quarterly",
)
CELLS = " union all ".join(
    f"select '{mart}' as mart, quarter, bits, is_suppressed, {mart in PARTS} as is_part_of_whole from marts.{mart}"
    for mart in (*WHOLES, *PARTS)
)
BITS = f"""
    with core as (
        select quarter, sum(bits) as bits from core.typed_traffic_bins
        where quarter in (select quarter from marts.network_type_quarterly where not is_suppressed) group by quarter
    ),
    typed as (select sum(bits) as bits from core.typed_traffic_bins),
    untyped as (select sum(bits) as bits from core.traffic_bins),
    cells as ({CELLS}),
    published as (
        select
            mart,
            quarter,
            coalesce(sum(cells.bits), 0) - coalesce(any_value(core.bits), 0) as off,
            bool_or(is_suppressed and is_part_of_whole) as is_part
        from cells left join core using (quarter) group by all
    )
    select mart, quarter, (case when is_part then greatest(off, 0) else abs(off) end)::double as bits_adrift
    from published
    union all
    select 'core.typed_traffic_bins', 'all', abs((select bits from typed) - untyped.bits)::double from untyped
    order by 1, 2
"""


def define(workspace: Workspace) -> list[dg.AssetChecksDefinition]:
    """Shares and conservation; they block the publication."""
    exact = "Every mart is a sum of the same rows of core; any difference is a fault of the platform."
    rounding = "Shares are double precision; ten of them add up to one within a few last digits."
    return [
        TopicCheck(
            name="shares_sum_to_one",
            asset=dg.AssetKey(["marts", "network_type_quarterly"]),
            description="The shares of all types of a month or quarter add up to one.",
            default=Limit("marts.shares_sum_to_one", 1e-9, "block", rounding, date(2026, 11, 21)),
            sql=lambda _: SHARES,
            expected=at_most("off_one"),
        ).define(workspace),
        TopicCheck(
            name="bits_are_conserved",
            asset=dg.AssetKey(["marts", "network_type_monthly"]),
            description="The bits of each mart are those of core, quarter by quarter.",
            default=Limit("marts.bits_are_conserved", 0, "block", exact, date(2026, 11, 21)),
            sql=lambda _: BITS,
            expected=at_most("bits_adrift"),
        ).define(workspace),
    ]
