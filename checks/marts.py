"""Whether the marts say what core holds, before they are published.

Belongs here: marts against core and against themselves. Does not belong here: records against core
(checks.flow_records).
"""

import dagster as dg

from assets.ground.workspace import Workspace
from checks._topic import at_most, guard, together
from checks.expectations import Expected

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
    "metro_network_type_quarterly",
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
MEASURED = (
    "network_type_quarterly",
    "network_type_monthly",
    "region_network_type_quarterly",
    "connectivity_quarterly",
    "metro_quarterly",
    "metro_network_type_quarterly",
    "country_quarterly",
    "network_quarterly",
    "traffic_flow_quarterly",
)


def _of_each(columns: str) -> str:
    return " union all ".join(
        f"select '{mart}' as mart, quarter, {columns} from marts.{mart} where not is_suppressed" for mart in MEASURED
    )


MAGNITUDES = f"""
    with cells as ({_of_each("bits::double as bits, unique_ips::double as unique_ips, magnitude")})
    select mart, quarter, count(*) as cells,
        max(case
            when magnitude is null or unique_ips is null then 0
            when unique_ips = 0 then 1
            else abs(magnitude - bits / unique_ips) / greatest(bits / unique_ips, 1e-300)
        end) as off
    from cells group by mart, quarter order by off desc, mart, quarter
"""
RATES = f"""
    with cells as ({_of_each("bits_per_second_average, bits_per_second_p95, bits_per_second_max")})
    select mart, quarter, count(*) as cells,
        count(*) filter (
            where bits_per_second_p95 > bits_per_second_max * (1 + 1e-9)
            or bits_per_second_average > bits_per_second_max * (1 + 1e-9)
            or bits_per_second_average < 0
        ) as cells_out_of_order
    from cells group by mart, quarter order by cells_out_of_order desc, mart, quarter
"""
# Months and quarters have one map, so that addresses of the same network type are the same ones.
UNIONS = """
    with months as (
        select quarter, network_type, max(unique_ips) as largest, sum(unique_ips) as added
        from marts.network_type_monthly
        group by all having count(*) = count(unique_ips) and not bool_or(is_suppressed)
    ),
    quarters as (
        select quarter, network_type, unique_ips from marts.network_type_quarterly
        where not is_suppressed and unique_ips is not null
    )
    select quarters.quarter, quarters.network_type, months.largest, quarters.unique_ips, months.added,
        greatest(0, months.largest - quarters.unique_ips, quarters.unique_ips - months.added) as addresses_adrift
    from quarters inner join months using (quarter, network_type)
    order by addresses_adrift desc, quarters.quarter, quarters.network_type
"""
MONTHS = """
    with months as (
        select quarter, network_type, sum(bits) as bits
        from marts.network_type_monthly group by all having not bool_or(is_suppressed)
    )
    select quarters.quarter, quarters.network_type, abs(quarters.bits - months.bits)::double as bits_adrift
    from marts.network_type_quarterly as quarters inner join months using (quarter, network_type)
    where not quarters.is_suppressed
    order by bits_adrift desc, quarters.quarter, quarters.network_type
"""
PUBLISHED_TYPES = """
    select marts.quarter, marts.network_type, marts.bits::double as bits, marts.unique_ips,
        coalesce(marts.share_of_bits, 0) as share_of_bits, marts.relative_standard_error,
        marts.network_type in (select network_type from seeds.network_types) as is_known_type
    from marts.network_type_quarterly as marts
    where not marts.is_suppressed
    order by share_of_bits desc, marts.quarter, marts.network_type
"""
SUITE_OF_TYPES = (
    Expected("ExpectCompoundColumnsToBeUnique", None, {"column_list": ["quarter", "network_type"]}),
    Expected("ExpectColumnValuesToMatchRegex", "quarter", {"regex": r"^\d{4}Q[1-4]$"}),
    Expected("ExpectColumnValuesToBeInSet", "is_known_type", {"value_set": [True]}),
    Expected("ExpectColumnValuesToNotBeNull", "bits"),
    Expected("ExpectColumnValuesToBeBetween", "bits", {"min_value": 0}),
    Expected("ExpectColumnValuesToBeBetween", "unique_ips", {"min_value": 0}),
    Expected("ExpectColumnValuesToBeBetween", "share_of_bits", {"min_value": 0}),
    Expected("ExpectColumnValuesToBeBetween", "relative_standard_error", {"min_value": 0}),
)
FAULT = "this is a fault of the platform: keep the state, and report it with these rows"
BY_TYPE = "marts/network_type_quarterly"
CHECKS = (
    guard(
        "marts.shares_sum_to_one",
        BY_TYPE,
        "The shares of all types of a month or quarter add up to one.",
        SHARES,
        at_most("off_one"),
        FAULT,
    ),
    guard(
        "marts.bits_are_conserved",
        "marts/network_type_monthly",
        "The bits of each mart are those of core, quarter by quarter.",
        BITS,
        at_most("bits_adrift"),
        FAULT,
    ),
    guard(
        "marts.magnitude_is_bits_over_addresses",
        BY_TYPE,
        "Every magnitude is the bits of its cell over its unique addresses, to the last digits.",
        MAGNITUDES,
        at_most("off"),
        FAULT,
        may_be_empty=True,
    ),
    guard(
        "marts.addresses_are_unions",
        BY_TYPE,
        "A quarter's unique addresses are at least those of its largest month and at most those of all.",
        UNIONS,
        at_most("addresses_adrift"),
        FAULT,
        may_be_empty=True,
    ),
    guard(
        "marts.rates_are_ordered",
        BY_TYPE,
        "No 95th percentile and no average of a cell's rate is above its maximum.",
        RATES,
        at_most("cells_out_of_order"),
        FAULT,
        may_be_empty=True,
    ),
    guard(
        "marts.quarters_are_their_months",
        BY_TYPE,
        "A type's bits of a quarter are those of its months.",
        MONTHS,
        at_most("bits_adrift"),
        FAULT,
        may_be_empty=True,
    ),
    guard(
        "marts.published_types_are_whole",
        BY_TYPE,
        "Every published type of a quarter is known, stands once, and has amounts that can be.",
        PUBLISHED_TYPES,
        at_most("share_of_bits"),
        FAULT,
        may_be_empty=True,
        suite=SUITE_OF_TYPES,
    ),
)


def define(workspace: Workspace) -> list[dg.AssetChecksDefinition]:
    """Shares, conservation, and what follows of each other; they block the publication."""
    return together(workspace, CHECKS)
