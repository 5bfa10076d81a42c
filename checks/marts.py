"""Whether the marts say what core holds, before they are published.

Belongs here: marts against core and against themselves. Does not belong here: records against core
(checks.flow_records).
"""

from datetime import date

import dagster as dg

from assets.workspace import Workspace
from checks._limits import Limit
from checks._topic import TopicCheck, at_most

# Where a cell is suppressed, the others can only be held not to be more than the whole.
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
    ),
    wholes as (
        select mart, period, coalesce(sum(share_of_bits), 0) - 1 as off, bool_or(is_suppressed) as is_part
        from published group by all
    )
    select mart, period, case when is_part then greatest(off, 0) else abs(off) end as off_one from wholes
"""
WHOLES = (
    "network_type_monthly",
    "network_type_quarterly",
    "network_quarterly",
    "traffic_flow_quarterly",
    "region_network_type_quarterly",
    "connectivity_quarterly",
    "metro_quarterly",
    "country_quarterly",
    "flow_size_quarterly",
    "ip_version_monthly",
)
CELLS = " union all ".join(
    f"select '{mart}' as mart, quarter, bits, is_suppressed from marts.{mart}" for mart in WHOLES
)
BITS = f"""
    with core as (select quarter, sum(bits) as bits from core.typed_traffic_bins group by quarter),
    untyped as (select sum(bits) as bits from core.traffic_bins),
    cells as (
        {CELLS}
        union all select 'magnitude_quarterly', quarter, bits, is_suppressed from marts.magnitude_quarterly
        union all select 'magnitude_monthly', quarter, bits, is_suppressed from marts.magnitude_monthly
        union all select 'sampling_quarterly', quarter, bits, false from marts.sampling_quarterly
    ),
    published as (
        select
            mart, quarter, coalesce(sum(cells.bits), 0) - any_value(core.bits) as off, bool_or(is_suppressed) as is_part
        from cells left join core using (quarter) group by all
    )
    select mart, quarter, (case when is_part then greatest(off, 0) else abs(off) end)::double as bits_adrift
    from published
    union all
    select 'core.typed_traffic_bins', 'all', abs((select sum(bits) from core) - untyped.bits)::double from untyped
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
