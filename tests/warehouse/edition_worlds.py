"""Random quarters that are published twice: after decisions on networks, or after exports that came late.

Belongs here: the quarters, and their editions. Does not belong here: what the file gives away (tests.auditor).
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
from compiled_models import CompiledModels
from hypothesis import strategies as st
from shape_cases import (
    CDN,
    HOSTING,
    HYPERSCALER,
    ISP,
    KNOWN,
    NEOCLOUD,
    ORIGINS,
    SECOND_ISP,
    SECOND_NEOCLOUD,
    A,
    B,
    write_operator,
)
from withheld_worlds import MARTS, Records
from world import World, health, record

from assets.exports.formats._export_health import EXPORT_HEALTH
from assets.exports.formats._flow_record import FLOW_RECORD
from assets.warehouse.editions.figures import read_exports, read_figures
from assets.warehouse.editions.kept import Edition, keep
from assets.warehouse.editions.restating import differing
from assets.warehouse.editions.tables import rows_of_tables, write_tables
from tests.auditor.marts_read import EDITIONS, Marts, Older
from tests.auditor.truth import truth_of

QUARTER, DAYS = "2026Q1", (date(2026, 1, 10), date(2026, 2, 9))
PEERS = (NEOCLOUD, SECOND_NEOCLOUD, HYPERSCALER, CDN, HOSTING, ISP, SECOND_ISP, "20.1.0", "20.2.0")
TYPES = ("cdn", "hosting", "neocloud", "isp_regional", "hyperscaler")
DECIDE = """
insert into operator.overrides by name
select ? as asn, ? as network_type, 'found out' as reason, 'tests' as author, date '2026-01-01' as decided_on
"""
FEW = """
select network_type, sum(bits) from core.typed_peer_address_days
where region = ? and event_on = ?
group by network_type
having count(distinct subscriber) < ? and sum(bits) > 0
"""
Place = tuple[str, date]


@dataclass(frozen=True)
class Restated:
    """The records of a quarter, decisions that were taken after its first edition, and the exports that came late."""

    records: Records
    decisions: tuple[tuple[int, str], ...]
    late: Place | None


def made_models(folder: Path) -> tuple[World, CompiledModels]:
    """The operator's world, and the models compiled of it."""
    world = World(folder, write_operator(folder / "operator"), ORIGINS)
    world.write_registries()
    return world, CompiledModels(world, [*DAYS], [QUARTER], wanted=MARTS)


@st.composite
def restated_quarters(draw: st.DrawFn, *, minimum: int) -> Restated:
    """Of each network, by each router and on each day, a number of hosts around the minimum."""
    cells = [(peer, exporter, day) for peer in PEERS for exporter in (A, B) for day in DAYS]
    counts = st.sampled_from([0, 0, 1, minimum // 2, minimum, minimum + 1, 2 * minimum])
    drawn = draw(st.lists(st.tuples(counts, st.integers(100, 10_000)), min_size=len(cells), max_size=len(cells)))
    records = Records(
        record(f"{day} 10:00:00", f"{peer}.{host}", bytes=size * (host + 1), exporter=exporter)
        for (peer, exporter, day), (count, size) in zip(cells, drawn, strict=True)
        for host in range(count)
    )
    if draw(st.booleans()):
        return Restated(records, (), (draw(st.sampled_from([A, B])), draw(st.sampled_from(DAYS))))
    networks = st.sampled_from([*KNOWN.values(), 410001, 410002])
    decided = st.lists(
        st.tuples(networks, st.sampled_from(TYPES)), min_size=1, max_size=2, unique_by=lambda one: one[0]
    )
    return Restated(records, tuple(draw(decided)), None)


def published_twice(
    models: tuple[World, CompiledModels], one: Restated, folder: Path, *, minimum: int, dominance: float = 0.9
) -> tuple[Marts, Marts]:
    """The marts and the tables of editions after the second edition, and the truth."""
    compiled = models[1]
    compiled.database.execute("delete from operator.overrides where decided_on = date '2026-01-01'")
    compiled.database.execute(
        "update operator.settings set suppression_minimum_unique_ips = ?, suppression_maximum_share_of_one_network = ?",
        [minimum, dominance],
    )
    places = [(exporter, day) for exporter in (A, B) for day in DAYS]
    before = _published(models, one.records, [place for place in places if place != one.late])
    editions = [_keep(compiled, folder, 1, minimum)]
    for decision in one.decisions:
        compiled.database.execute(DECIDE, decision)
    now = _published(models, one.records, places)
    editions += [_keep(compiled, folder, 2, minimum, editions[0])]
    write_tables(compiled.database, rows_of_tables(compiled.database, folder))
    rows = {**now[0].rows, **{name: _rows(compiled, name) for name in EDITIONS}}
    few = _few_late(compiled, one.late, minimum) if one.late else {}
    older = {(QUARTER, 1): Older(*before, now[1], few, bool(one.late))} if all(editions) else {}
    return replace(now[0], rows=rows, older=older), now[1]


def _published(models: tuple[World, CompiledModels], records: Records, places: Iterable[Place]) -> tuple[Marts, Marts]:
    """The marts and the truth of what came of these routers and days."""
    world, compiled = models
    places = [*places]
    came = [one for one in records if (one["exporter"], one["export_on"]) in places]
    covered = [row for exporter, day in places for row in health([day], range(120, 123), exporter)]
    compiled.run(
        flow_records=pa.Table.from_pylist([world.resolved(one) for one in came], schema=FLOW_RECORD),
        export_health=pa.Table.from_pylist(covered, schema=EXPORT_HEALTH),
    )
    marts = Marts.read(compiled.database.execute)
    return replace(marts, rows={**marts.rows, **{name: [] for name in EDITIONS}}), truth_of(compiled.database.execute)


def _few_late(compiled: CompiledModels, late: Place, minimum: int) -> dict[Hashable, Fraction]:
    """Of what a router exported of a day, the bits of each type with fewer addresses than the minimum."""
    exporter, day = late
    rows = compiled.database.execute(FEW, ["us-west" if exporter == A else "us-east", day, minimum]).fetchall()
    return {kind: Fraction(bits) for kind, bits in rows}


def _keep(
    compiled: CompiledModels, folder: Path, number: int, minimum: int, before: Edition | None = None
) -> Edition | None:
    """Keep an edition of the quarter if it has traffic, and tells other values than the one before."""
    figures = read_figures(compiled.database, QUARTER)
    if figures is None or (before and not differing(before.figures, figures)):
        return None
    inputs = {"exports": read_exports(compiled.database, QUARTER), "minimum_unique_ips": minimum}
    edition = Edition(QUARTER, number, date(2026, 5, number), False, figures, inputs)
    keep(folder, edition)
    return edition


def _rows(compiled: CompiledModels, name: str) -> list[dict[str, Any]]:
    found = compiled.database.execute(f"select * from marts.{name}")
    columns = [column for column, *_ in found.description or []]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
