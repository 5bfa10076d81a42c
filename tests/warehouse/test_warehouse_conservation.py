"""Bits are conserved from random flow records to every mart: each adds up to what Python counts, to the bit.

Belongs here: what each mart's bits must be. Does not belong here: how Python counts (counted_in_python).
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from compiled_models import CompiledModels
from counted_in_python import OTHER_CLOUDS, Part, elephants, parts_of, twins_of, workflows
from hypothesis import Phase, example, given, settings
from random_worlds import BEFORE_ITS_ROW, EXPORT_DAYS, PEERS, QUARTERS, health_of, made_world, worlds
from world import World

from assets.exports.formats._export_health import EXPORT_HEALTH
from assets.exports.formats._flow_record import FLOW_RECORD

Cells = Counter[tuple[Hashable, ...]]
Rule = tuple[str, Callable[[list[Part]], Cells]]
PAIRS = list(pairwise(QUARTERS))
GROUPS = {
    "other_clouds": OTHER_CLOUDS,
    "internet_providers": {"isp_regional", "isp_tier1"},
    **{name: {name} for name in ("neocloud", "hyperscaler", "hosting", "cdn", "migration", "unclassified")},
}


def cells(parts: list[Part], *keys: str) -> Cells:
    """Bits of parts by their attributes."""
    counted: Cells = Counter()
    for one in parts:
        counted[tuple(getattr(one, key) for key in keys)] += one.bits
    return counted


def by(*keys: str, of: Callable[[list[Part]], list[Part]] = lambda parts: parts) -> Rule:
    """A mart whose cells of these columns hold the bits of all published parts, or of some of them."""
    return f"select {', '.join(keys)}, sum(bits) from marts.{{}} group by all", lambda parts: cells(of(parts), *keys)


def by_share_group(parts: list[Part]) -> Cells:
    return Counter(
        {
            (quarter, way, group): sum(cell[quarter, way, one] for one in types)
            for cell in [cells(parts, "quarter", "direction", "network_type") + with_both(parts)]
            for quarter in QUARTERS
            for way in ("ingress", "egress", "both")
            for group, types in GROUPS.items()
        }
    )


def with_both(parts: list[Part]) -> Cells:
    return Counter(
        {(quarter, "both", one): bits for (quarter, one), bits in cells(parts, "quarter", "network_type").items()}
    )


def of_providers(parts: list[Part]) -> list[Part]:
    return [one for one in parts if one.provider is not None]


def of_elephants(parts: list[Part]) -> list[Part]:
    return [one for run in elephants(parts) for one in run]


def reclassified(parts: list[Part]) -> Cells:
    """Bits before and after, of the networks (or the prefix of an override) whose type changed."""
    quarter_bits = cells([one for one in parts if one.network_key == one.peer.network_key], "quarter", "peer")
    changed: Cells = Counter()
    for peer in {peer for peer in PEERS.values() if peer.later}:
        key = ("2026Q1", peer.network_key, peer.network_type, peer.later)
        changed[(*key, "before")] += quarter_bits["2025Q4", peer]
        changed[(*key, "after")] += quarter_bits["2026Q1", peer]
    return changed


def members(parts: list[Part]) -> Iterator[tuple[str, str, Part]]:
    """Dimension and member of each cell that a part lies in."""
    for one in parts:
        yield "total", "all", one
        yield "network_type", one.network_type, one
        yield "region", one.region, one
        yield "region_network_type", f"{one.region}/{one.network_type}", one
        yield from (("share_group", group, one) for group, types in GROUPS.items() if one.network_type in types)


def of_quarters(parts: list[Part]) -> Cells:
    counted: Cells = Counter()
    for dimension, member, one in members(parts):
        counted[dimension, member, one.quarter] += one.bits
    return counted


def of_pairs(parts: list[Part], *, is_of_traffic: bool = False) -> Cells:
    """Bits of both quarters of each pair; of all pairs, or of those in which both quarters have traffic."""
    counted, present = of_quarters(parts), {one.quarter for one in parts}
    pairs = [pair for pair in PAIRS if not is_of_traffic or present.issuperset(pair)]
    return Counter(
        {
            (dimension, member, quarter, side): counted[dimension, member, before if side == "before" else quarter]
            for dimension, member, _ in counted
            for before, quarter in pairs
            for side in ("before", "after")
        }
    )


def differences(parts: list[Part]) -> Cells:
    bits = of_pairs(parts, is_of_traffic=True)
    return Counter({key[:3]: bits[(*key[:3], "after")] - bits[(*key[:3], "before")] for key in bits})


SIDES = """
select dimension, member, quarter, unnest(['before', 'after']), unnest([previous_value, value])
from marts.{} where metric = 'bits'
"""
# Of each mart that tells bits: how to read them, by cell, and what they must be. Nothing is suppressed here.
ADDS_UP_TO: dict[str, Rule] = {
    "network_type_monthly": by("month", "network_type"),
    "network_type_quarterly": by("quarter", "network_type"),
    "network_quarterly": by("quarter", "network_type", "network_key"),
    "traffic_flow_quarterly": by("quarter", "direction", "region", "network_type"),
    "sampling_quarterly": by("quarter", "sampling_interval"),
    "share_group_quarterly": (
        "select quarter, direction, share_group, bits from marts.{}",
        by_share_group,
    ),
    "region_network_type_quarterly": by("quarter", "region", "network_type"),
    "metro_quarterly": by("quarter", "region", "metro"),
    "metro_network_type_quarterly": by("quarter", "region", "network_type", "metro"),
    "country_quarterly": by("quarter", "country"),
    "connectivity_quarterly": by("quarter", "region", "network_type", "direction", "connectivity"),
    "cross_cloud_quarterly": by("quarter", "provider", "cloud_region", of=of_providers),
    "magnitude_monthly": by("month", "network_type"),
    "magnitude_quarterly": by("quarter", "network_type"),
    "flow_size_quarterly": by("quarter", "network_type"),
    "elephant_flows": by("quarter", "network_type", "network_key", "direction", of=of_elephants),
    "ai_workflows": by("quarter", "network_type", "network_key", "region", "direction", of=workflows),
    "ip_version_monthly": by("month", "network_type", "ip_version"),
    "classification_changes": (
        "select quarter, network_key, previous_network_type, network_type, unnest(['before', 'after']), "
        "unnest([previous_bits, bits]) from marts.{}",
        reclassified,
    ),
    "quarter_metrics": (
        "select dimension, member, quarter, value from marts.{} where metric = 'bits'",
        of_quarters,
    ),
    "quarter_over_quarter": (SIDES, of_pairs),
    "quarter_bridge": (SIDES, lambda parts: of_pairs(parts, is_of_traffic=True)),
    "quarter_variability": (
        "select dimension, member, quarter, difference from marts.{} where metric = 'bits'",
        differences,
    ),
}


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, CompiledModels]:
    """The operator of the random worlds and the models, compiled for all days that they may export on."""
    world = made_world(tmp_path_factory.mktemp("random"))
    return world, CompiledModels(world, EXPORT_DAYS, QUARTERS, wanted=["conservation", "metering_twins", *ADDS_UP_TO])


def tells_bits(mart: dict[str, Any]) -> bool:
    """Whether a mart has bits in a column, or in rows of a metric."""
    return any(re.fullmatch(r"metric|(?!.*share_of_)(.*_)?bits", name) for name in mart["columns"])


def test_every_mart_that_tells_bits_says_what_they_add_up_to(models: tuple[World, CompiledModels]) -> None:
    assert {mart["name"] for mart in models[1].marts if tells_bits(mart)} == set(ADDS_UP_TO)


def conserved(parts: list[Part]) -> Counter[tuple[Hashable, ...]]:
    """What core.conservation must be, as `amount` by export day, exporter and reason."""
    told: Cells = Counter()
    for one in parts:
        key = (one.export_on, one.exporter, one.reason)
        told[(*key, "records")] += one.is_first
        told[(*key, "bytes")] += one.bytes_as_exported
        told[(*key, "bits")] += one.bits
    return told


def run(world: World, compiled: CompiledModels, records: list[dict[str, Any]]) -> None:
    compiled.run(
        flow_records=pa.Table.from_pylist([world.resolved(one) for one in records], schema=FLOW_RECORD),
        export_health=pa.Table.from_pylist(health_of(records), schema=EXPORT_HEALTH),
    )


@pytest.mark.parametrize(
    ("octets", "packets", "interval"), [(2**64 - 1, 1, 1000), (2**64 - 5, 2**40, 65_536), (2**63, 0, 1)]
)
def test_a_counter_that_ran_below_zero_stops_nothing(
    models: tuple[World, CompiledModels], octets: int, packets: int, interval: int
) -> None:
    """Its bits are as false as they are large: set apart, and yet all there to be seen."""
    world, compiled = models
    wrong = {**BEFORE_ITS_ROW[0], "bytes": octets, "packets": packets, "sampling_interval": interval}
    run(world, compiled, [wrong, BEFORE_ITS_ROW[0]])
    bits = dict(compiled.rows("select reason, bits from core.conservation"))
    assert bits == {"implausible_amount": octets * 8 * interval, "published": 8000}


@given(records=worlds())
@example(records=BEFORE_ITS_ROW)
# Shrinking would take minutes; the mart and the cells that differ are told without it.
@settings(max_examples=15, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
def test_no_bit_is_lost_or_counted_twice(models: tuple[World, CompiledModels], records: list[dict[str, Any]]) -> None:
    world, compiled = models
    run(world, compiled, records)
    parts = [part for one in records for part in parts_of(one)]
    told = compiled.rows(
        "select export_on, exporter, reason, unnest(['records', 'bytes', 'bits']), "
        "unnest([records, bytes_as_exported, bits]) from core.conservation"
    )
    assert +Counter({row[:-1]: int(row[-1]) for row in told}) == +conserved(parts)
    twins = compiled.rows("unpivot core.metering_twins on columns(* exclude (export_on, exporter))")
    assert +Counter({row[:-1]: int(row[-1]) for row in twins}) == +twins_of(records)
    assert sum(one.bytes_as_exported for one in parts) == sum(one["bytes"] for one in records)
    published = [one for one in parts if one.reason == "published"]
    for mart, (statement, expected) in ADDS_UP_TO.items():
        found = {row[:-1]: row[-1] for row in compiled.rows(statement.format(mart))}
        # Metrics of all kinds share a column of doubles, which tell bits to the last binary place.
        is_double = any(isinstance(amount, float) for amount in found.values())
        wanted = nonzero(expected(published))
        assert nonzero(found) == (pytest.approx(wanted, rel=2**-51, abs=0) if is_double else wanted), mart


def nonzero(amounts: dict[Any, Any]) -> dict[Any, int]:
    """The cells that hold bits: a cell of records without bytes is a row, one of no records is not."""
    return {key: int(amount) for key, amount in amounts.items() if amount}
