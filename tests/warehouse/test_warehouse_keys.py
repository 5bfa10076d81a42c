"""Keys of links and of places of peers: what they are made of, and that one never means two things.

Belongs here: dimensions of core. Does not belong here: what rows say (test_warehouse_sides, test_warehouse_networks).
"""

import hashlib
from pathlib import Path

import pytest
from warehouse_cases import Query, query_of
from world import World, copied

from assets.warehouse.database import connected
from assets.warehouse.dbt_process import DbtError


def key_of(*values: object) -> int:
    """The first 8 bytes of the MD5 of values, null among them."""
    text = "\x1f".join("\x1e" if value is None else str(value) for value in values)
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[:8], "big")


@pytest.mark.parametrize(
    ("table", "key", "columns"),
    [
        ("links", "link", "exporter, interface, site, provider_as, metro, region, connectivity, direction"),
        ("crossings", "crossing", "metro, region, connectivity, direction"),
        ("peer_places", "place", '"override", cloud, cloud_region, country, network_rule, origin_as'),
        ("peers", "peer", '"override", cloud, cloud_region, country'),
    ],
)
def test_keys_are_made_of_what_rows_say(query: Query, table: str, key: str, columns: str) -> None:
    network = "network_key, " if key in ("place", "peer") else ""
    rows = query(f"select {key}, {network}{columns} from core.{table}")
    assert len(rows) > 1
    assert {found: key_of(*values) for found, *values in rows} == {found: found for found, *_ in rows}


def test_a_key_that_would_mean_two_links_stops_the_build(
    shape_world: World, shapes: Query, tmp_path_factory: pytest.TempPathFactory
) -> None:
    world = copied(shape_world, tmp_path_factory.mktemp("keys"), shape_world.operator_folder)
    [(day, link)] = shapes("select export_on, link from core.traffic_bins order by all limit 1")
    facts = shapes("from core.traffic_bins where export_on = ? order by all", day)
    _tell_another(world.warehouse, link)
    with pytest.raises(DbtError, match="unique_links_link"):
        world.build_core([day], are_tested=True)
    assert query_of(world.warehouse)("from core.traffic_bins where export_on = ? order by all", day) == facts


def _tell_another(warehouse: Path, link: int) -> None:
    """Another link has the same key, as if the hashes of both were one."""
    with connected(warehouse, read_only=False) as database:
        database.execute("update core.links set interface = 'of another router' where link = ?", [link])
