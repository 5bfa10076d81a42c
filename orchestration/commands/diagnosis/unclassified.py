"""Which share of the newest exports' bits would stay unclassified, by the networks that are known by now.

Belongs here: the estimate. Does not belong here: the rules (dbt_project/), whose answer counts once a day is built.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assets.ground.as_numbers import is_reserved
from assets.ground.workspace import Workspace
from assets.operator import Operator, operator_tables
from assets.registry.address_plan import AddressPlan
from assets.registry.announcements import origins_at_hand
from assets.registry.keys import ADDRESS_RANGES
from orchestration.commands import classification
from orchestration.commands.diagnosis.finding import NOTE, WARNING, Finding
from orchestration.commands.diagnosis.of_exports import Exports

MUCH = 0.2
UNCLASSIFIED = "unclassified"


def findings(workspace: Workspace, exports: Exports) -> Iterator[Finding]:
    """The share of what would be published whose far end no type is known for."""
    table, judged = exports.found.survey.table, exports.judged
    is_kept = judged.reason < 0
    published = float(judged.octets[is_kept].sum())
    if not published:
        return
    plan, is_bundled = _plan(workspace, exports.operator)
    is_known = _known(table, judged.comes_in, exports, plan, _typed(workspace))
    share = float(judged.octets[is_kept & ~is_known].sum()) / published
    by = "the bundled table" if is_bundled else "the plan in force"
    what = f"{share:.1%} of the bits that count have a far end of no known type, by {by}"
    remedy = "run `netstats registries`" if is_bundled else "`netstats review` lists them by bits once days are built"
    yield Finding(WARNING if share >= MUCH else NOTE, "unclassified", what, remedy if share else None)


def _plan(workspace: Workspace, operator: Operator) -> tuple[AddressPlan, bool]:
    """The newest plan, or one of what is at hand; whether that is the bundled table."""
    plans = workspace.lake.partitions(ADDRESS_RANGES, "plan_as_of")
    origins = origins_at_hand(workspace.lake)
    if plans:
        return AddressPlan.from_table(workspace.lake.read(ADDRESS_RANGES, plans[-1])), origins.is_bundled
    own = operator_tables(operator)
    return AddressPlan.build(origins.as_of, origins.table, own["own_prefixes"], own["overrides"]), origins.is_bundled


def _typed(workspace: Workspace) -> pa.Array:
    """The AS numbers that are published under a type of their own: by all rules where registries have been pulled."""
    published_as = {row["network_type"]: row["published_as"] for row in _seed(workspace, "network_types")}
    if workspace.lake.path(classification.OVERRIDES).exists() and all(
        workspace.lake.partitions(key, "as_of") for key in classification.PARTITIONED
    ):
        file = classification.classify(workspace, (), datetime.now(UTC).date())
        with duckdb.connect(file, read_only=True) as database:
            found = database.execute("select asn, network_type from intermediate.int_networks__classified").fetchall()
    else:
        found = [(int(row["asn"]), row["network_type"]) for row in _seed(workspace, "known_networks")]
    return pa.array([asn for asn, kind in found if published_as.get(kind, kind) != UNCLASSIFIED], pa.uint32())


def _seed(workspace: Workspace, name: str) -> list[dict[str, str]]:
    with (workspace.dbt_project / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as content:
        return list(csv.DictReader(content))


def _known(
    table: pa.Table, comes_in: npt.NDArray[np.bool_], exports: Exports, plan: AddressPlan, typed: pa.Array
) -> npt.NDArray[np.bool_]:
    """Whether a type is known for the far end of each conversation: a cloud's, a decision's, or a known network's."""
    from_source = pa.array(comes_in)
    far_end = pc.if_else(from_source, table["src_addr"], table["dst_addr"])
    exported = pc.fill_null(pc.if_else(from_source, table["src_as"], table["dst_as"]), 0)
    places = plan.lookup(far_end)
    row = plan.table.take(pa.array(np.maximum(places, 0))) if plan.table.num_rows else None
    origin = [one for one, what in exports.rows.exporters.items() if what.as_numbers == "origin"]
    is_believed = pc.is_in(table["exporter"], pa.array(origin, pa.binary(16))).to_numpy().astype(bool)
    is_believed &= ~is_reserved(exported.to_numpy())
    of_record = is_believed & pc.is_in(exported, typed).to_numpy().astype(bool)
    if row is None:
        return np.asarray(of_record, bool)
    of_plan = pc.is_in(row["origin_as"], typed).to_numpy().astype(bool) & ~is_believed
    decided = (pc.is_valid(row["cloud"]).to_numpy() | pc.is_valid(row["override"]).to_numpy()).astype(bool)
    return np.asarray(of_record | ((places >= 0) & (of_plan | decided)), bool)
