"""Every registry source is found by name and yields what it declares; the bundled ones are read whole."""

import ipaddress

import pyarrow.compute as pc
import pytest

from assets.ground.addresses import address_of
from assets.registry import sources as registries
from assets.registry.source import SCHEMAS


def test_sources_are_found_by_name_and_declare_their_origin() -> None:
    found = registries.sources()
    assert tuple(found) == registries.source_names()
    assert {"ip_to_asn", "special_purpose"} <= found.keys()
    for source in found.values():
        assert set(source.tables) <= SCHEMAS.keys()
        assert all((source.origin.producer, source.origin.title, source.origin.licence, source.origin.citation))
        assert source.origin.address.startswith("https://")


def test_bundled_sources_are_read_and_may_be_redistributed() -> None:
    bundled = [source for source in registries.sources().values() if source.bundled]
    assert bundled
    for source in bundled:
        assert source.origin.may_be_redistributed
        tables = source.read_bundled()
        assert set(tables) == set(source.tables)
        for name, table in tables.items():
            assert table.schema.equals(SCHEMAS[name])
            assert table.num_rows > 0
            assert set(table["as_of"].to_pylist()) == {source.bundled_as_of}


def test_a_source_without_a_bundled_snapshot_says_so() -> None:
    without = next((source for source in registries.sources().values() if not source.bundled), None)
    if without is not None:
        with pytest.raises(ValueError, match="has no bundled snapshot; fetch it, or give it a local file"):
            without.read_bundled()


def test_the_bundled_ip_to_asn_table_asks_for_a_visible_credit() -> None:
    source = registries.sources()["ip_to_asn"]
    assert source.origin.visible_credit == "IP address data by DB-IP"
    assert source.origin.visible_credit_address == "https://db-ip.com"


def test_the_bundled_ip_to_asn_table_counts_addresses() -> None:
    tables = registries.sources()["ip_to_asn"].read_bundled()
    networks, origins = tables["networks"], tables["prefix_origins"]
    cloudflare = networks.filter(pc.equal(networks["asn"], 13335)).to_pylist()
    assert [row["name"] for row in cloudflare] == ["Cloudflare, Inc."]
    ranges = origins.filter(pc.equal(origins["origin_as"], 13335)).to_pylist()
    v4 = [row for row in ranges if row["ip_version"] == 4]
    counted = sum(int(address_of(row["last_address"])) - int(address_of(row["first_address"])) + 1 for row in v4)
    assert cloudflare[0]["ipv4_addresses"] == counted > 0
    assert networks["asn"].to_pylist() == sorted(set(origins["origin_as"].to_pylist()))


@pytest.mark.parametrize(
    ("address", "special"),
    [
        ("10.1.2.3", "private"),
        ("100.64.0.1", "shared"),
        ("192.0.2.1", "documentation"),
        ("224.0.0.5", "multicast"),
        ("255.255.255.255", "broadcast"),
        ("255.255.255.254", "bogon"),
        ("2001:db8::1", "documentation"),
        ("fd00::1", "private"),
        ("2002::1", "transition"),
        ("64:ff9b::1", None),
        ("192.175.48.1", None),
        ("1.1.1.1", None),
    ],
)
def test_special_purpose_addresses(address: str, special: str | None) -> None:
    rows = registries.sources()["special_purpose"].read_bundled()["special_ranges"].to_pylist()
    wanted = ipaddress.ip_address(address)
    holding = []
    for row in rows:
        first, last = address_of(row["first_address"]), address_of(row["last_address"])
        if first.version == wanted.version and int(first) <= int(wanted) <= int(last):
            holding.append((int(last) - int(first), row["special"]))
    assert (min(holding)[1] if holding else None) == special
