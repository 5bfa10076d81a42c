"""The demo's hidden neoclouds: clouds that no list names come out on top of those that may be neoclouds."""

from assets.warehouse.database import reading
from demo.writing import read_scenario
from tests.end_to_end.conftest import House

CANDIDATES = """
    select candidate, network_key, score, elephant_share, mesh_addresses, growth
    from core.neocloud_candidates order by position
"""


def test_the_hidden_neoclouds_come_first_and_nothing_else_is_marked_as_they_are(demo: House) -> None:
    """Of a host as a whole, inside another one, and of addresses that nobody knows."""
    scenario = read_scenario(demo.operator)
    hidden = {prefix: one.asn for one in scenario.networks if one.nodes for prefix in one.prefixes}
    with reading(demo.state / "warehouse" / "working.duckdb") as database:
        found = database.execute(CANDIDATES).fetchall()
    first, others = found[: len(hidden) + 1], found[len(hidden) + 1 :]
    assert {candidate for candidate, *_ in first} == {"as:12189", *hidden}
    assert {candidate: key for candidate, key, *_ in first if candidate in hidden} == {
        prefix: "unknown" if asn is None else f"as:{asn}" for prefix, asn in hidden.items()
    }
    assert all(share > 0.9 and mesh >= 4 and growth > 2 for _, _, _, share, mesh, growth in first)
    assert min(score for _, _, score, *_ in first) > max(score for _, _, score, *_ in others)
