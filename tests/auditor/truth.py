"""What the marts would tell if nothing were withheld: sums of core, by each mart's own columns.

Belongs here: one sum a mart, without its macros. Does not belong here: what a published file says (marts_read).
"""

from tests.auditor.marts_read import TABLES, Execute, Marts

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


def truth_of(execute: Execute) -> Marts:
    """Bits of every cell, of the working warehouse with the quarters that were built last."""
    found: Marts = Marts({})
    for table, columns in TABLES.items():
        cell = ", ".join(columns)
        source = FROM.get(table, f"from ({TRAFFIC})")
        rows = [] if table in LEFT_OUT else execute(f"select {cell}, sum(bits) {source} group by all").fetchall()
        found.rows[table] = [dict(zip((*columns, "bits"), row, strict=True)) for row in rows]
    return found
