"""How fast sketches of addresses are built and merged, and how far they are off, beside DuckDB's approximate distinct.

Usage: python bench/sketches.py [--addresses 10000000]

Addresses are made up from a fixed seed; a tenth are IPv6. Times are CPU seconds of one core, from 16-byte addresses to
the sketch. DuckDB's estimate can't be merged; it stands here for its error and its speed only.
"""

import argparse
import time

import duckdb
import numpy as np
import pyarrow as pa

from assets.warehouse.sketches._address_hash import Bytes, address_hashes
from assets.warehouse.sketches._registers import STANDARD_ERROR
from assets.warehouse.sketches._sketch import Sketch

LEAST_IDS_PER_SECOND = 20e6
MERGED = 92
REPEATS = 3


def made_up(count: int) -> tuple[Bytes, np.ndarray]:
    """Addresses of 16 bytes and whether each is IPv6; about as many different ones as there are."""
    draws = np.random.default_rng(20251201)
    is_v6 = draws.random(count) < 0.1
    addresses = draws.integers(0, 256, (count, 16), dtype=np.uint8)
    addresses[~is_v6, :10] = 0
    addresses[~is_v6, 10:12] = 255
    return addresses, is_v6


def build(addresses: Bytes, is_v6: np.ndarray) -> tuple[Sketch, float]:
    """The sketch, and the CPU seconds of the fastest of three times."""
    seconds = []
    for _ in range(REPEATS):
        began = time.process_time()
        sketch = Sketch.of_hashes(address_hashes(addresses, is_v6))
        seconds.append(time.process_time() - began)
    return sketch, min(seconds)


def merge(addresses: Bytes, is_v6: np.ndarray) -> float:
    """CPU seconds of the union of a quarter's 92 daily sketches, read from their bytes."""
    hashes = address_hashes(addresses, is_v6)
    stored = [Sketch.of_hashes(part).to_bytes() for part in np.array_split(hashes, MERGED)]
    began = time.process_time()
    Sketch.union(Sketch.from_bytes(one) for one in stored)
    return time.process_time() - began


def duckdb_estimate(hashes: np.ndarray) -> tuple[int, float]:
    """DuckDB's approximate count of the same hashes, and its CPU seconds with one thread."""
    with duckdb.connect(config={"threads": 1}) as database:
        database.register("hashes", pa.table({"hash": hashes}))
        began = time.process_time()
        (found,) = database.execute("select approx_count_distinct(hash) from hashes").fetchall()[0]
        return found, time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--addresses", type=int, default=10_000_000)
    count = parser.parse_args().addresses
    addresses, is_v6 = made_up(count)
    hashes = address_hashes(addresses, is_v6)
    exact = len(np.unique(hashes))
    sketch, seconds = build(addresses, is_v6)
    found, duckdb_seconds = duckdb_estimate(hashes)
    print(f"{'':<28}{'M ids / CPU s':>14}{'off by':>10}")
    print(f"{'sketches':<28}{count / seconds / 1e6:>14.1f}{sketch.unique_ips / exact - 1:>10.2%}")
    print(f"{'DuckDB, of hashes alone':<28}{count / duckdb_seconds / 1e6:>14.1f}{found / exact - 1:>10.2%}")
    print(f"standard error {STANDARD_ERROR:.2%}; {len(sketch.to_bytes())} bytes a sketch")
    print(f"union of {MERGED} days: {1000 * merge(addresses, is_v6):.1f} CPU ms")
    if count / seconds < LEAST_IDS_PER_SECOND:
        raise SystemExit(f"slower than {LEAST_IDS_PER_SECOND / 1e6:.0f} M ids a CPU second")


if __name__ == "__main__":
    main()
