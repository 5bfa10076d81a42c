"""What the marts would tell if nothing were withheld: sums of core, by each mart's own columns.

Belongs here: one sum a mart, without its macros. Does not belong here: what a published file says (marts_read).
"""

from collections.abc import Iterator
from fractions import Fraction

from tests.auditor.marts_read import TABLES, Execute, Marts
from tests.auditor.relations import side, variable
from tests.auditor.system import Variable

CLOUDS = "('neocloud', 'hyperscaler', 'hosting')"
TRAFFIC = """
select traffic.* replace (networks.published_key as network_key)
from core.quarter_traffic as traffic inner join core.networks using (network_key)
"""
PROVIDERS = f"""
select *,
    case when cloud is not null then cloud when network_type in {CLOUDS} then network_key end as provider
from ({TRAFFIC})
"""
# Of marts that are not sums of quarter_traffic by their own columns: what they are sums of.
FROM = {
    "flow_size_quarterly": "from core.typed_flow_sizes where quarter in (select quarter from core.quarter_traffic)",
    "cross_cloud_quarterly": f"from (select * replace (coalesce(cloud_region, 'unknown') as cloud_region) "
    f"from ({PROVIDERS}) where provider is not null)",
}
# A group is the sum of its types, which are cells themselves.
LEFT_OUT = ("share_group_quarterly",)
# Parts of types, by region and by month, on the days that both quarters of a pair cover and on the others: those that
# have too few addresses.
PARTS = """
with days as (
    select distinct event_on, date_trunc('quarter', event_on)::date as began_on from core.covered_bins
),
pairs as (
    select now.event_on as now_on, before.event_on as before_on, now.began_on, before.began_on as previous_began_on
    from days as now
    inner join days as before
        on before.began_on = (now.began_on - interval 3 month)::date
        and now.event_on - now.began_on = before.event_on - before.began_on
),
quarters as (
    select distinct began_on as pair, unnest([began_on, previous_began_on]) as quarter from pairs
),
matched as (select began_on as pair, unnest([now_on, before_on]) as event_on from pairs),
parts as (
    select
        year(pair) || 'Q' || quarter(pair) as pair, addresses.*,
        case when (pair, event_on) in (select (pair, event_on) from matched) then 'matched' else 'left' end as side
    from core.typed_peer_address_days as addresses
    inner join quarters on date_trunc('quarter', event_on)::date = quarters.quarter
)
"""
SMALL_PARTS = f"""{PARTS}
select pair, side, parts.quarter, network_type, region, month, sum(bits) as bits
from parts cross join core.operator_settings
group by grouping sets (
    (pair, side, parts.quarter, network_type), (pair, side, parts.quarter, network_type, region),
    (pair, side, parts.quarter, network_type, month)
)
having count(distinct subscriber) < any_value(minimum_unique_ips) and sum(bits) > 0
"""
LEFT_MONTHS = f"{PARTS} select distinct pair, parts.quarter, month from parts where side = 'left' and bits > 0"


def truth_of(execute: Execute) -> Marts:
    """Bits of every cell, of the working warehouse with the quarters that were built last."""
    found: Marts = Marts({})
    for table, columns in TABLES.items():
        cell = ", ".join(columns)
        source = FROM.get(table, f"from ({TRAFFIC})")
        rows = [] if table in LEFT_OUT else execute(f"select {cell}, sum(bits) {source} group by all").fetchall()
        found.rows[table] = [dict(zip((*columns, "bits"), row, strict=True)) for row in rows]
    found.small_parts.update(_small_parts(execute))
    by_region = f"select distinct quarter, network_type, region, network_key from ({TRAFFIC})"
    found.networks_by_region.update(execute(by_region).fetchall())
    found.left_months.update(execute(LEFT_MONTHS).fetchall())
    return found


def _small_parts(execute: Execute) -> Iterator[tuple[Variable, Fraction]]:
    for pair, name, quarter, kind, region, month, bits in execute(SMALL_PARTS).fetchall():
        if region is not None:
            cell = variable("region_network_type_quarterly", (quarter, kind, region))
        elif month is not None:
            cell = variable("network_type_monthly", (quarter, kind, month))
        else:
            cell = variable("network_type_quarterly", (quarter, kind))
        yield side(name, pair, cell), Fraction(bits)
