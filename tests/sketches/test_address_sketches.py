"""Sketches of addresses: exact while few, within their published error when many, and unions, never sums."""

import ipaddress
import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.warehouse.sketches._address_hash import address_hashes
from assets.warehouse.sketches._registers import STANDARD_ERROR, estimate
from assets.warehouse.sketches._sketch import MOST_EXACT, Sketch
from assets.warehouse.sketches._tables import CELL, merged, sketch_cells


def packed(*texts: str) -> np.ndarray:
    """Addresses as rows of 16 bytes, IPv4 mapped."""
    addresses = [ipaddress.ip_address(text) for text in texts]
    mapped = [one.packed if one.version == 6 else bytes(10) + b"\xff\xff" + one.packed for one in addresses]
    return np.frombuffer(b"".join(mapped), np.uint8).reshape(-1, 16)


def v4_addresses(numbers: np.ndarray) -> np.ndarray:
    rows = np.zeros((len(numbers), 16), np.uint8)
    rows[:, 10:12] = 255
    rows[:, 12:] = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
    return rows


def random_hashes(count: int, seed: int) -> np.ndarray:
    """Hashes of `count` different IPv4 addresses, spread over all of them."""
    first = np.random.default_rng(seed).integers(0, 2**32, dtype=np.uint64)
    numbers = (first + np.arange(count, dtype=np.uint64) * np.uint64(2_654_435_761)) % np.uint64(2**32)
    return address_hashes(v4_addresses(numbers), False)


def test_hashes_are_the_same_on_every_machine() -> None:
    """Worked out with whole numbers: splitmix64's mixing of low ^ high * 0x9E3779B97F4A7C15."""
    addresses = packed("198.51.100.7", "2001:db8:0:7::1")
    found = address_hashes(addresses, np.array([False, True])).tolist()
    expected = []
    for low, high in ((0xFFFF_C633_6407, 0), (0, 0x2001_0DB8_0000_0007)):
        x = low ^ (high * 0x9E37_79B9_7F4A_7C15) % 2**64
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9 % 2**64
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB % 2**64
        expected.append(x ^ (x >> 31))
    assert found == expected


def test_ipv6_counts_by_64_and_ipv4_by_address() -> None:
    v6 = address_hashes(packed("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"), True)
    assert Sketch.of_hashes(v6).unique_ips == 2
    v4 = address_hashes(packed("198.51.100.1", "198.51.100.2", "198.51.100.1"), False)
    assert Sketch.of_hashes(v4).unique_ips == 2


def test_addresses_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="rows of 16 bytes"):
        address_hashes(np.zeros((3, 8), np.uint8), True)


@pytest.mark.parametrize("count", [0, 1, MOST_EXACT])
def test_small_sets_are_exact_however_often_an_address_occurs(count: int) -> None:
    sketch = Sketch.of_hashes(np.tile(random_hashes(count, 1), 3))
    assert sketch.unique_ips == count
    assert sketch.relative_standard_error == 0


def test_one_more_is_an_estimate_and_says_so() -> None:
    sketch = Sketch.of_hashes(random_hashes(MOST_EXACT + 1, 1))
    assert sketch.relative_standard_error == pytest.approx(1.04 / math.sqrt(2**14), rel=2e-3)
    assert sketch.unique_ips == pytest.approx(MOST_EXACT + 1, rel=4 * STANDARD_ERROR)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("count", [10_000, 100_000, 1_000_000])
def test_estimates_lie_within_four_standard_errors(count: int, seed: int) -> None:
    assert Sketch.of_hashes(random_hashes(count, seed)).unique_ips == pytest.approx(count, rel=4 * STANDARD_ERROR)


def test_the_published_error_is_the_one_found_and_there_is_no_bias() -> None:
    """400 sets of 30,000, where the first estimators of HyperLogLog were off by several standard errors."""
    draws = np.random.default_rng(7)
    sets = (draws.integers(0, 2**64, 30_000, dtype=np.uint64) for _ in range(400))
    errors = np.array([Sketch.of_hashes(one).unique_ips / 30_000 - 1 for one in sets])
    assert abs(errors.mean()) < 4 * STANDARD_ERROR / math.sqrt(400)
    assert errors.std() < 1.15 * STANDARD_ERROR


@pytest.mark.parametrize(
    ("hashed", "register", "rank"),
    [(0, 0, 51), (1, 0, 50), (1 << 49, 0, 1), (2**64 - 1, 16_383, 1), (5 << 50, 5, 51), ((3 << 50) + (1 << 40), 3, 10)],
)
def test_a_register_holds_the_place_of_the_first_one_bit(hashed: int, register: int, rank: int) -> None:
    registers = Sketch.of_hashes(np.array([hashed], np.uint64)).as_registers()
    assert {int(place): int(registers[place]) for place in np.flatnonzero(registers)} == {register: rank}


def test_no_rank_is_no_address_and_equal_ranks_are_estimated_as_by_hand() -> None:
    """Where all registers hold 10, the harmonic mean is 2^10: 16,384 x 1,024 / (2 ln 2)."""
    assert estimate(np.zeros(1 << 14, np.uint8)) == 0
    assert estimate(np.full(1 << 14, 10, np.uint8)) == pytest.approx(16_384 * 1_024 / (2 * math.log(2)))


HASHES = st.lists(st.integers(0, 2**64 - 1), max_size=50).map(lambda numbers: np.array(numbers, np.uint64))
LARGE = random_hashes(5_000, 9)
SETS = st.lists(st.one_of(HASHES, st.integers(0, 5_000).map(lambda count: LARGE[:count])), max_size=4)


@given(SETS)
def test_a_union_has_the_bytes_of_the_sketch_of_all_hashes_together(sets: list[np.ndarray]) -> None:
    together = Sketch.of_hashes(np.concatenate([np.empty(0, np.uint64), *sets]))
    assert Sketch.union(Sketch.of_hashes(one) for one in sets).to_bytes() == together.to_bytes()


@pytest.mark.parametrize("count", [100, 20_000])
def test_the_same_set_has_the_same_bytes_in_any_order_and_is_read_back(count: int) -> None:
    hashes = random_hashes(count, 4)
    stored = Sketch.of_hashes(hashes).to_bytes()
    assert Sketch.of_hashes(np.random.default_rng(1).permutation(hashes)).to_bytes() == stored
    assert Sketch.from_bytes(stored).to_bytes() == stored
    assert len(stored) < 9_000


def test_other_bytes_are_no_sketch() -> None:
    with pytest.raises(ValueError, match="are not a sketch"):
        Sketch.from_bytes(b"h1234")


def test_overlapping_sets_are_united_and_not_summed() -> None:
    hashes = random_hashes(100_000, 5)
    halves = [Sketch.of_hashes(hashes[:60_000]), Sketch.of_hashes(hashes[40_000:])]
    assert Sketch.union(halves).unique_ips == pytest.approx(100_000, rel=4 * STANDARD_ERROR)
    assert sum(one.unique_ips for one in halves) == pytest.approx(120_000, rel=4 * STANDARD_ERROR)


def test_cells_of_a_table_are_merged_by_any_of_their_keys() -> None:
    """as:1 has .1 and .2 in us-west and .2 and .3 without a region; as:2 has two addresses of one /64."""
    cells = pa.Table.from_pylist(
        [
            {"network_key": "as:1", "region": "us-west", "ip_version": 4, "export_on": 1, "event_on": 1},
            {"network_key": "as:1", "region": None, "ip_version": 4, "export_on": 1, "event_on": 1},
            {"network_key": "as:2", "region": None, "ip_version": 6, "export_on": 1, "event_on": 1},
        ],
        schema=CELL,
    )
    v4 = packed("198.51.100.1", "198.51.100.2", "198.51.100.2", "198.51.100.3")
    addresses = np.concatenate([v4, packed("2001:db8::1", "2001:db8::2")])
    sketched = sketch_cells(cells, addresses, np.array([2, 2, 2]))
    assert sketched["unique_ips"].to_pylist() == [2, 2, 1]
    by_network = merged(sketched, ["network_key"]).drop_columns(["sketch", "relative_standard_error"])
    assert by_network.to_pylist() == [
        {"network_key": "as:1", "unique_ips": 3},
        {"network_key": "as:2", "unique_ips": 1},
    ]
    by_region = merged(sketched, ["region"]).drop_columns(["sketch", "relative_standard_error"])
    assert by_region.to_pylist() == [{"region": "us-west", "unique_ips": 2}, {"region": None, "unique_ips": 3}]
