"""What AS numbers announce, of prefixes that lie within each other."""

from datetime import date
from ipaddress import ip_network

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ground.addresses import IPNetwork, bounds
from assets.registry.announcements import Origins, announced
from assets.registry.source import ADDRESS


def prefix(bits: int, at: int, first: int, length: int) -> IPNetwork:
    """The prefix of a length that holds the address of which `first` are the bits from `at` on."""
    return ip_network(((first << at) >> (bits - length) << (bits - length), length))


prefixes = st.builds(prefix, st.just(32), st.just(24), st.integers(10, 12), st.integers(6, 12)) | st.builds(
    prefix, st.just(128), st.just(112), st.integers(0x2001, 0x2003), st.integers(14, 18)
)


def origins(of: list[IPNetwork]) -> Origins:
    ends = [bounds(one) for one in of]
    table = pa.table(
        {
            "first_address": pa.array([first for first, _ in ends], ADDRESS),
            "last_address": pa.array([last for _, last in ends], ADDRESS),
            "origin_as": pa.array([64500] * len(of), pa.uint32()),
        }
    )
    return Origins("test", date(2026, 1, 1), table)


@settings(deadline=None)
@given(st.lists(prefixes, max_size=12))
def test_what_lies_in_another_prefix_is_left_out(of: list[IPNetwork]) -> None:
    widest = {
        one
        for one in of
        if not any(one != other and one.version == other.version and one.subnet_of(other) for other in of)
    }
    assert set(announced(origins(of), [64500])) == widest


def test_an_as_of_others_announces_nothing() -> None:
    assert announced(origins([ip_network("10.0.0.0/8")]), [64501]) == {}
