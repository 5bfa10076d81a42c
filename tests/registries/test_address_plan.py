"""The address plan against a brute-force longest match, and small worlds worked out by hand."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ground.addresses import address_of, bounds, parse_address, sixteen_bytes
from assets.registry.address_plan import AddressPlan
from assets.registry.source import (
    ADDRESS_RANGES,
    CLOUD_RANGES,
    DELEGATIONS,
    PREFIX_ORIGINS,
    SPECIAL_RANGES,
)

AS_OF = date(2026, 6, 17)
FULL = 2**128 - 1


@dataclass(frozen=True)
class Range:
    """A range of 16-byte addresses as numbers, with the values of its row."""

    first: int
    last: int
    values: tuple[object, ...] = ()

    @property
    def ip_version(self) -> int:
        return 4 if self.first >> 32 == 0xFFFF and self.last >> 32 == 0xFFFF else 6

    @classmethod
    def of(cls, prefix: str, *values: object) -> "Range":
        first, last = bounds(ipaddress.ip_network(prefix))
        return cls(int.from_bytes(first), int.from_bytes(last), values)


def table(schema: pa.Schema, ranges: Sequence[Range], values: Sequence[str], source: str = "test") -> pa.Table:
    """A registry table of ranges; columns not in `values` are null."""
    rows = [
        {
            "as_of": AS_OF,
            "source": source,
            "status": "allocated",
            "ip_version": each.ip_version,
            "first_address": each.first.to_bytes(16),
            "last_address": each.last.to_bytes(16),
            **dict(zip(values, each.values, strict=True)),
        }
        for each in ranges
    ]
    return pa.Table.from_pylist(rows, schema=schema)


OWN = pa.schema([("prefix", pa.string()), ("first_address", pa.binary(16)), ("last_address", pa.binary(16))])


@dataclass(frozen=True)
class World:
    """What a plan is built from."""

    own: Sequence[Range] = ()
    overrides: Sequence[Range] = ()
    special: Sequence[Range] = ()
    clouds: Sequence[Range] = ()
    delegations: Sequence[Range] = ()
    origins: Sequence[Sequence[Range]] = ()

    def plan(self) -> AddressPlan:
        return AddressPlan.build(
            AS_OF,
            [
                table(PREFIX_ORIGINS, ranges, ("origin_as", "seen_by"), f"table_{n}")
                for n, ranges in enumerate(self.origins)
            ],
            own_prefixes=table(OWN, self.own, ()),
            overrides=table(OWN, self.overrides, ("prefix",)),
            cloud_ranges=table(CLOUD_RANGES, self.clouds, ("cloud", "cloud_region", "country")),
            special_ranges=table(SPECIAL_RANGES, self.special, ("special",)),
            delegations=table(DELEGATIONS, self.delegations, ("country",)),
        )

    def answer(self, address: int) -> dict[str, object]:
        """What the plan must say of an address, by looking at every range."""
        (override,) = smallest(self.overrides, address) or (None,)
        (special,) = smallest(self.special, address) or (None,)
        cloud, cloud_region, cloud_country = smallest(self.clouds, address) or (None, None, None)
        (country,) = smallest(self.delegations, address) or (None,)
        origin_as, origin_source = self.origin(address)
        if special is not None:
            origin_as = origin_source = cloud = cloud_region = cloud_country = country = None
        return {
            "origin_as": origin_as,
            "origin_source": origin_source,
            "is_own": smallest(self.own, address) is not None,
            "special": special,
            "cloud": cloud,
            "cloud_region": cloud_region,
            "country": cloud_country or country,
            "override": override,
        }

    def origin(self, address: int) -> tuple[object, object]:
        for number, ranges in enumerate(self.origins):
            believable = [each for each in ranges if each.values[0] not in {0, 23456, 64512}]
            believable = [each for each in believable if not is_default(each)]
            believable.sort(key=lambda each: -(each.values[1] or -1))
            if found := smallest(believable, address):
                return found[0], f"table_{number}"
        return None, None

    def boundaries(self) -> list[int]:
        """The addresses at, before and after every end of a range."""
        groups = [self.own, self.overrides, self.special, self.clouds, self.delegations, *self.origins]
        ends = {end for ranges in groups for each in ranges for end in (each.first, each.last)}
        return sorted({near for end in ends for near in (end - 1, end, end + 1) if 0 <= near <= FULL})


def is_default(each: Range) -> bool:
    return (each.first, each.last) in {(0, FULL), (0xFFFF << 32, (0xFFFF << 32) + 2**32 - 1)}


def smallest(ranges: Iterable[Range], address: int) -> tuple[object, ...] | None:
    """The values of the smallest range that holds an address, of equal ones the first."""
    is_v4 = address >> 32 == 0xFFFF
    holding = [each for each in ranges if each.first <= address <= each.last and (each.ip_version == 4) == is_v4]
    return min(holding, key=lambda each: each.last - each.first).values if holding else None


NOTHING = World().answer(0)


def said(plan: AddressPlan, addresses: Sequence[int]) -> list[dict[str, object]]:
    """What a plan says of addresses."""
    packed = np.frombuffer(b"".join(address.to_bytes(16) for address in addresses), np.uint8).reshape(-1, 16)
    rows = plan.table.to_pylist()
    places = plan.lookup(packed).tolist()
    return [{name: rows[place][name] for name in NOTHING} if place >= 0 else NOTHING for place in places]


def decided_later(world: World) -> AddressPlan:
    """The plan of a world that was made without its decisions and own prefixes, but with others."""
    others = replace(world, own=[], overrides=[Range.of("0.0.0.0/1", "a"), Range.of("2001:db8::/48", "b")])
    return others.plan().redecided(table(OWN, world.own, ()), table(OWN, world.overrides, ("prefix",)))


def check(world: World, addresses: Sequence[int]) -> None:
    plan = world.plan()
    assert decided_later(world).table.equals(plan.table)
    addresses = [*addresses, *world.boundaries()]
    for address, found in zip(addresses, said(plan, addresses), strict=True):
        assert found == world.answer(address), address_of(address.to_bytes(16))
    rows = plan.table.to_pylist()
    assert [row["range_id"] for row in rows] == list(range(len(rows)))
    for row, following in pairwise(rows):
        assert row["last_address"] < following["first_address"]
    for row in rows:
        assert row["first_address"] <= row["last_address"]
        assert {name: row[name] for name in NOTHING} != NOTHING
        is_v4 = [address_of(row[end]).version for end in ("first_address", "last_address")]
        assert is_v4 == [row["ip_version"]] * 2


BASES = [int.from_bytes(sixteen_bytes(parse_address(text))) for text in ("0.0.0.0", "10.0.0.0", "255.255.252.0")]
BASES += [int.from_bytes(sixteen_bytes(parse_address(text))) for text in ("::", "2001:db8::", "ffff:" * 7 + "0")]
OFFSETS = st.one_of(st.integers(0, 1023), st.integers(0, 15).map(lambda n: n << 62))


@st.composite
def ranges(draw: st.DrawFn, *values: st.SearchStrategy[object]) -> Range:
    """A range within a small part of the address space, so that many overlap; a few are default routes."""
    first = last = draw(st.sampled_from(BASES))
    first, last = sorted(min(first + draw(OFFSETS), FULL) for _ in range(2))
    if (first >> 32 == 0xFFFF) != (last >> 32 == 0xFFFF):
        last = min(last, 0xFFFF_FFFF_FFFF) if first >> 32 == 0xFFFF else last
    whole = draw(st.sampled_from([None] * 9 + ["0.0.0.0/0", "::/0"]))
    ends = Range.of(whole) if whole else Range(first, last)
    return Range(ends.first, ends.last, draw(st.tuples(*values)))


NAMES = st.sampled_from(["a", "b", "c"])
MAYBE = st.one_of(st.none(), NAMES)
ORIGIN = ranges(st.sampled_from([0, 174, 3356, 13335, 23456, 64512]), st.one_of(st.none(), st.integers(1, 3)))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    some = {"max_size": 4}
    return World(
        own=draw(st.lists(ranges(), max_size=1)),
        overrides=draw(st.lists(ranges(NAMES), **some)),
        special=draw(st.lists(ranges(NAMES), max_size=2)),
        clouds=draw(st.lists(ranges(NAMES, MAYBE, MAYBE), **some)),
        delegations=draw(st.lists(ranges(NAMES), **some)),
        origins=draw(st.lists(st.lists(ORIGIN, max_size=5), max_size=2)),
    )


@settings(max_examples=150, deadline=None)
@given(world=worlds(), near=st.lists(st.tuples(st.sampled_from(BASES), OFFSETS), max_size=20))
def test_every_address_gets_what_a_look_at_all_ranges_gives(world: World, near: list[tuple[int, int]]) -> None:
    check(world, [min(base + offset, FULL) for base, offset in near])


def number(text: str) -> int:
    return int.from_bytes(sixteen_bytes(parse_address(text)))


def one(plan: AddressPlan, text: str) -> dict[str, object]:
    (row,) = said(plan, [number(text)])
    return {name: value for name, value in row.items() if value not in (None, False)}


def test_the_levels_stand_side_by_side() -> None:
    plan = World(
        own=[Range.of("192.0.2.0/28")],
        overrides=[Range.of("52.92.0.0/24", "52.92.0.0/24")],
        special=[Range.of("192.0.2.0/24", "documentation"), Range.of("10.0.0.0/8", "private")],
        clouds=[
            Range.of("52.92.0.0/17", "aws", "us-west-2", None),
            Range.of("10.0.0.0/16", "aws", None, None),
        ],
        delegations=[Range.of("52.0.0.0/8", "US")],
        origins=[
            [Range.of("52.92.0.0/16", 16509, None), Range.of("52.92.1.0/24", 7224, None)],
            [Range.of("52.0.0.0/8", 701, None), Range.of("52.92.0.128/25", 702, None)],
        ],
    ).plan()
    aws = {"cloud": "aws", "cloud_region": "us-west-2", "country": "US"}
    first = {"origin_as": 16509, "origin_source": "table_0"}
    assert one(plan, "52.92.0.200") == {**aws, **first, "override": "52.92.0.0/24"}
    assert one(plan, "52.92.1.1") == {**aws, "origin_as": 7224, "origin_source": "table_0"}
    assert one(plan, "52.92.2.1") == {**aws, **first}
    assert one(plan, "52.92.128.1") == {**first, "country": "US"}
    assert one(plan, "52.93.0.1") == {"origin_as": 701, "origin_source": "table_1", "country": "US"}
    assert one(plan, "192.0.2.15") == {"is_own": True, "special": "documentation"}
    assert one(plan, "192.0.2.16") == {"special": "documentation"}
    assert one(plan, "10.0.0.1") == {"special": "private"}
    assert one(plan, "8.8.8.8") == {}


def test_of_several_origins_the_one_that_most_peers_saw_answers_then_the_one_told_first() -> None:
    seen = [
        Range.of("1.1.8.0/24", 149511, 3),
        Range.of("1.1.8.0/24", 138421, 9),
        Range.of("1.1.8.0/24", 2, None),
    ]
    plan = World(origins=[[*seen, Range.of("1.1.9.0/24", 30, 5), Range.of("1.1.9.0/24", 20, 5)]]).plan()
    untold = World(origins=[[Range.of("1.1.8.0/24", 30, None), Range.of("1.1.8.0/24", 20, None)]]).plan()
    assert one(plan, "1.1.8.1")["origin_as"] == 138421
    assert one(plan, "1.1.9.1")["origin_as"] == 30
    assert one(untold, "1.1.8.1")["origin_as"] == 30


def test_neighbours_that_say_the_same_are_one_range_and_a_range_within_a_64_is_exact() -> None:
    halves = [Range.of("1.0.0.0/9", 13335, None), Range.of("1.128.0.0/9", 13335, None)]
    plan = World(own=[Range.of("2001:db8::/124")], origins=[[*halves, Range.of("2001:db8::/32", 174, None)]]).plan()
    assert [
        (str(address_of(row["first_address"])), str(address_of(row["last_address"])), row["is_own"])
        for row in plan.table.to_pylist()
    ] == [
        ("1.0.0.0", "1.255.255.255", False),
        ("2001:db8::", "2001:db8::f", True),
        ("2001:db8::10", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", False),
    ]
    assert plan.table["origin_as"].to_pylist() == [13335, 174, 174]


def test_an_empty_world_knows_nothing() -> None:
    plan = World().plan()
    assert plan.table.num_rows == 0
    assert plan.table.schema.equals(ADDRESS_RANGES)
    assert said(plan, [0, number("1.1.1.1"), FULL]) == [NOTHING] * 3


def test_the_same_world_gives_the_same_plan_and_a_table_gives_the_plan_back() -> None:
    world = World(origins=[[Range.of(f"{n}.0.0.0/8", 100 + n % 7, None) for n in range(1, 200)]])
    plan = world.plan()
    assert plan.table.equals(world.plan().table)
    again = AddressPlan.from_table(plan.table)
    column = pa.array([sixteen_bytes(parse_address("9.9.9.9")), None, bytes(16)], pa.binary(16))
    assert again.lookup(column).tolist() == plan.lookup(column).tolist() == [8, -1, -1]
    assert again.lookup(pa.chunked_array([column[:1], column[1:]])).tolist() == [8, -1, -1]
    assert again.lookup(column[1:]).tolist() == [-1, -1]


def test_without_special_ranges_the_bundled_registries_hold() -> None:
    private = table(PREFIX_ORIGINS, [Range.of("10.0.0.0/8", 701, None)], ("origin_as", "seen_by"))
    nothing = table(OWN, [], ())
    plan = AddressPlan.build(AS_OF, private, own_prefixes=nothing, overrides=nothing)
    assert one(plan, "10.0.0.1") == {"special": "private"}


def test_a_table_of_another_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="the table is not an address plan; make registry/address_ranges again"):
        AddressPlan.from_table(pa.table({"range_id": [1]}))
    with pytest.raises(TypeError, match="addresses are binary"):
        World().plan().lookup(pa.array([b"1234"]))
