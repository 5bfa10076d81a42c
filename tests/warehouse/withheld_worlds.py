"""Random worlds of many hosts, published with the limits of an operator.

Belongs here: the worlds, and running the models of them. Does not belong here: what the published file gives away
(tests.auditor).
"""

from typing import Any

import pyarrow as pa
from compiled_models import CompiledModels
from hypothesis import strategies as st
from random_worlds import PEERS, health_of, worlds
from world import World

from assets.exports.formats._export_health import EXPORT_HEALTH
from assets.exports.formats._flow_record import FLOW_RECORD
from tests.auditor.marts_read import OTHERS, TABLES, Marts
from tests.auditor.truth import truth_of

MARTS = [*TABLES, *OTHERS, "published_share_groups"]
MOST_HOSTS = 12


class Records(list[dict[str, Any]]):
    """The flow records of a world, which a report of a failure counts and does not print."""

    def __repr__(self) -> str:
        return f"{len(self)} records"


@st.composite
def worlds_of_many_hosts(draw: st.DrawFn) -> Records:
    """Records of one to three worlds, whose peers are up to a dozen hosts each."""
    records = [one for world in draw(st.lists(worlds(), min_size=1, max_size=3)) for one in world]
    return Records({**one, **{end: draw(_host(one[end])) for end in ("src_addr", "dst_addr")}} for one in records)


def _host(address: str) -> st.SearchStrategy[str]:
    """A host of a peer's network: IPv4 hosts of its /24, IPv6 of its own /64s."""
    if address not in PEERS:
        return st.just(address)
    if ":" in address:
        return st.integers(1, MOST_HOSTS).map(lambda n: f"2a00:1:0:{n:x}::1")
    return st.integers(1, MOST_HOSTS).map(lambda n: f"{address.rpartition('.')[0]}.{n}")


def published(
    world: World, models: CompiledModels, records: list[dict[str, Any]], *, minimum: int, dominance: float
) -> tuple[Marts, Marts]:
    """The marts by these limits of an operator, and the truth."""
    models.database.execute(
        "update operator.settings set suppression_minimum_unique_ips = ?, suppression_maximum_share_of_one_network = ?",
        [minimum, dominance],
    )
    models.run(
        flow_records=pa.Table.from_pylist([world.resolved(one) for one in records], schema=FLOW_RECORD),
        export_health=pa.Table.from_pylist(health_of(records), schema=EXPORT_HEALTH),
    )
    return Marts.read(models.database.execute), truth_of(models.database.execute)
