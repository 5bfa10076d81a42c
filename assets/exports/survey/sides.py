"""On which side of the boundary conversations lie, and what of them a report would leave out.

Belongs here: the method's rules (docs/method.md) on sums of records, for an estimate before a day is built. Does not
belong here: the numbers that are published (dbt_project/models/intermediate). Rates of interfaces are not judged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.survey._own_prefixes import PrefixSet
from assets.ground.addresses import sixteen_bytes
from assets.operator import Exporter, Interface, Operator

Flags = npt.NDArray[np.bool_]
Amounts = npt.NDArray[np.float64]
INGRESS, EGRESS = 0, 1
REASONS = ("implausible times", "implausible amounts", "kept one of two", "transit", "internal", "unknown sampling")
ROLES = {"external": 1, "internal": 2}
EXTERNAL, INTERNAL = ROLES.values()


@dataclass(frozen=True)
class Rows:
    """The operator's rows in force: exporters by address, roles by exporter and index."""

    exporters: Mapping[bytes, Exporter]
    roles: Mapping[tuple[bytes, int], str | None]
    own: PrefixSet

    @classmethod
    def of(cls, operator: Operator, on: date, of_exporters: Mapping[bytes, date]) -> "Rows":
        """Those in force on a day; of exporters whose newest files are of another day, on that."""

        def holds(one: Exporter | Interface) -> bool:
            return is_in_force(one, of_exporters.get(sixteen_bytes(one.exporter), on))

        return cls(
            {sixteen_bytes(one.exporter): one for one in operator.exporters if holds(one)},
            {(sixteen_bytes(one.exporter), one.if_index): one.role for one in operator.interfaces if holds(one)},
            PrefixSet([one.prefix for one in operator.own_prefixes]),
        )


def is_in_force(row: Exporter | Interface, on: date) -> bool:
    """Whether a row is valid on a day."""
    return not (row.valid_from and row.valid_from > on) and not (row.valid_to and row.valid_to < on)


@dataclass(frozen=True)
class Judged:
    """For each conversation its bytes once scaled, whether it comes in, and the first reason it is left out for.

    `reason` is a place in REASONS, -1 where there is none.
    """

    octets: Amounts
    comes_in: Flags
    reason: npt.NDArray[np.int64]

    def shares(self) -> dict[str, float]:
        """The share of all bytes that each reason sets apart, those that occur, the largest first."""
        total = self.octets.sum() or 1.0
        found = {name: float(self.octets[self.reason == place].sum() / total) for place, name in enumerate(REASONS)}
        return dict(sorted(((name, share) for name, share in found.items() if share), key=lambda one: -one[1]))


def judged(table: pa.Table, rows: Rows) -> Judged:
    """What a report would make of conversations, by the operator's rows."""
    exporter = table["exporter"].combine_chunks().dictionary_encode()
    each = [rows.exporters.get(one) for one in exporter.dictionary.to_pylist()]
    which = exporter.indices.to_numpy(zero_copy_only=False)
    interval = np.array([one.sampling_interval or np.nan if one else np.nan for one in each] or [np.nan])
    octets, is_unknown = scaled(table, interval[which] if len(which) else np.zeros(0))
    in_role, out_role = (_roles(table, side, rows) for side in ("in_if", "out_if"))
    own_source, own_destination = (rows.own.holds(table[side]) for side in ("src_addr", "dst_addr"))
    by_roles = (in_role == EXTERNAL) | (out_role == EXTERNAL) | ((in_role == INTERNAL) & (out_role == INTERNAL))
    transit = np.where(by_roles, (in_role == EXTERNAL) & (out_role == EXTERNAL), ~own_source & ~own_destination)
    internal = np.where(by_roles, (in_role == INTERNAL) & (out_role == INTERNAL), own_source & own_destination)
    comes_in = np.where(by_roles, in_role == EXTERNAL, own_destination & ~own_source)
    goes_out = ~comes_in & ~transit & ~internal
    both = np.array([bool(one and one.metering == "both") for one in each] or [False])[which]
    direction = _numbers(table["metering_direction"])
    is_twin = both & (direction == np.where(goes_out, INGRESS, EGRESS))
    wrong_time, wrong_amount = (_flags(table[name]) for name in ("is_implausible_time", "is_implausible_amount"))
    reasons = np.stack([wrong_time, wrong_amount, is_twin, transit, internal, is_unknown])
    first = np.where(reasons.any(axis=0), reasons.argmax(axis=0), -1)
    return Judged(octets, comes_in, first.astype(np.int64))


def scaled(table: pa.Table, interval_of_row: Amounts | float = np.nan) -> tuple[Amounts, Flags]:
    """Bytes times the sampling interval of the record or else of the operator's row, and whether there is none."""
    intervals_told = _numbers(table["sampling_interval"])
    is_scaled = _flags(table["is_scaled"])
    interval = np.where(np.isnan(intervals_told), interval_of_row, intervals_told)
    interval = np.where(is_scaled, 1.0, interval)
    is_unknown = np.isnan(interval)
    return table["bytes"].to_numpy() * np.where(is_unknown, 1.0, interval), is_unknown


def _roles(table: pa.Table, side: str, rows: Rows) -> npt.NDArray[np.int64]:
    """The role of the interface on a side of each conversation: EXTERNAL, INTERNAL or 0."""
    pairs = table.select(["exporter", side]).group_by(["exporter", side], use_threads=False).aggregate([]).to_pylist()
    role = {
        (one["exporter"], one[side]): ROLES.get(rows.roles.get((one["exporter"], one[side])) or "", 0) for one in pairs
    }
    if not any(role.values()):
        return np.zeros(table.num_rows, np.int64)
    keys = zip(table["exporter"].to_pylist(), table[side].to_pylist(), strict=True)
    return np.array([role[key] for key in keys], np.int64)


def _numbers(column: pa.ChunkedArray) -> Amounts:
    """A column as numbers, NaN where it is null."""
    intervals_told: Amounts = pc.fill_null(column.cast(pa.float64()), float("nan")).to_numpy()
    return intervals_told


def _flags(column: pa.ChunkedArray) -> Flags:
    return np.asarray(column.fill_null(False).to_numpy(), bool)
