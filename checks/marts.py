"""Whether the marts say what core holds, before they are published.

Belongs here: marts against core and against themselves. Does not belong here: records against core
(checks.flow_records).
"""

from datetime import date

import dagster as dg

from assets.workspace import Workspace
from checks._limits import Limit
from checks._topic import TopicCheck, at_most

SHARES = """
    select 'network_type_monthly' as mart, month::varchar as period, abs(sum(share_of_bits) - 1) as off_one
    from marts.network_type_monthly group by month
    union all
    select 'network_type_quarterly', quarter, abs(sum(share_of_bits) - 1)
    from marts.network_type_quarterly group by quarter
    union all
    select 'region_network_type_quarterly', quarter, abs(sum(share_of_bits) - 1)
    from marts.region_network_type_quarterly group by quarter
"""
BITS = """
    with core as (select quarter, sum(bits) as bits from core.typed_traffic_bins group by quarter),
    untyped as (select sum(bits) as bits from core.traffic_bins),
    published as (
        select 'network_type_monthly' as mart, quarter, sum(bits) as bits
        from marts.network_type_monthly group by quarter
        union all
        select 'network_type_quarterly', quarter, sum(bits) from marts.network_type_quarterly group by quarter
        union all
        select 'region_network_type_quarterly', quarter, sum(bits)
        from marts.region_network_type_quarterly group by quarter
        union all
        select 'traffic_flow_quarterly', quarter, sum(bits) from marts.traffic_flow_quarterly group by quarter
        union all
        select 'magnitude_quarterly', quarter, sum(bits) from marts.magnitude_quarterly group by quarter
        union all
        select 'sampling_quarterly', quarter, sum(bits) from marts.sampling_quarterly group by quarter
    )
    select mart, quarter, abs(published.bits - core.bits)::double as bits_adrift
    from published left join core using (quarter)
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
