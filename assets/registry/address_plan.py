"""The address plan: what is known of every address, as disjoint ranges from all registries and the operator.

Precedence, per address:
1. own: an own prefix. Own prefixes never overlap.
2. override: the longest override prefix. It says who decides the type; it hides nothing.
3. special: the longest special-purpose range. There, no registry's origin, cloud or country is believed.
4. cloud: the longest range that a cloud publishes, with its region, and its country if told.
5. origin: the first table of prefix origins that holds the address answers, in it the longest prefix, of
   several origins the one that most peers saw, then the one that the source lists first. Reserved AS numbers
   and default routes answer nothing.
6. country: the cloud's, else the one a regional registry delegated the address to.
What the levels say stands side by side: an override or a cloud range leaves origin_as as it is.
Belongs here: the precedence, and building the plan.
Does not belong here: geometry (overlay), lookup (address_lookup).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assets.ground.as_numbers import is_reserved
from assets.registry.address_columns import Addresses, Bytes, bytes_of
from assets.registry.address_lookup import AddressLookup
from assets.registry.overlay import MAPPED_FIRST, MAPPED_LAST, NO_ROW, Layer, Rows, Segments, overlay
from assets.registry.source import ADDRESS_RANGES, PREFIX_ORIGINS
from assets.registry.sources.special_purpose import SOURCE as SPECIAL_PURPOSE

NONE = -1
OF_REGISTRIES = ("origin_as", "origin_source", "special", "cloud", "cloud_region", "country")
V4_SIZE = 2**32 - 1


@dataclass(frozen=True)
class _Column:
    """An attribute of segments: a code for each segment (NONE for nothing), and what the codes mean."""

    codes: Rows
    meaning: pa.Array

    def where(self, keep: npt.NDArray[np.bool_]) -> "_Column":
        return _Column(np.where(keep, self.codes, NONE), self.meaning)

    def otherwise(self, other: "_Column") -> "_Column":
        """This attribute, and where it says nothing, the other's (both of the same type)."""
        shifted = np.where(other.codes == NONE, NONE, other.codes + len(self.meaning))
        codes = np.where(self.codes == NONE, shifted, self.codes)
        return _encoded(pa.concat_arrays([self.meaning, other.meaning]), codes)

    def to_array(self) -> pa.Array:
        return self.meaning.take(pa.array(self.codes, mask=self.codes == NONE))


class AddressPlan:
    """Disjoint ranges over IPv4 and IPv6, and the lookup in them."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    @classmethod
    def from_table(cls, table: pa.Table) -> "AddressPlan":
        """The plan of a table registry/address_ranges, for lookup; TypeError if it has another schema."""
        if not table.schema.equals(ADDRESS_RANGES):
            raise TypeError("the table is not an address plan; make registry/address_ranges again")
        return cls(table)

    @classmethod
    def build(
        cls,
        plan_as_of: date,
        prefix_origins: pa.Table | Sequence[pa.Table],
        own_prefixes: pa.Table,
        overrides: pa.Table,
        cloud_ranges: pa.Table | None = None,
        special_ranges: pa.Table | None = None,
        delegations: pa.Table | None = None,
    ) -> "AddressPlan":
        """Build the plan of a day; the same tables give the same bytes.

        Tables are those of assets.registry.source and operator/own_prefixes, operator/overrides; several
        tables of prefix origins answer in the order given. Overrides of an AS or organisation are left to
        classification. Without `special_ranges`, the bundled special-purpose registries hold. Ranges without
        any attribute are left out.
        """
        origin_tables = [prefix_origins] if isinstance(prefix_origins, pa.Table) else prefix_origins
        believed = [_believable(table) for table in (PREFIX_ORIGINS.empty_table(), *origin_tables)]
        if special_ranges is None:
            special_ranges = SPECIAL_PURPOSE.read_bundled()["special_ranges"]
        overrides = overrides.filter(pc.is_valid(overrides["prefix"]))
        tables = [own_prefixes, overrides, special_ranges, cloud_ranges, delegations, *believed]
        segments = overlay([_layer(table) for table in tables])
        own, override, special, cloud, delegation, *rows_of_tables = segments.rows
        origins, origin = _first(believed, rows_of_tables)
        is_public = special == NO_ROW
        countries = _attribute(cloud_ranges, "country", cloud).otherwise(_attribute(delegations, "country", delegation))
        columns = {
            "origin_as": _attribute(origins, "origin_as", origin).where(is_public),
            "origin_source": _attribute(origins, "source", origin).where(is_public),
            "is_own": _Column(np.where(own == NO_ROW, NONE, 0), pa.array([True])),
            "special": _attribute(special_ranges, "special", special),
            "cloud": _attribute(cloud_ranges, "cloud", cloud).where(is_public),
            "cloud_region": _attribute(cloud_ranges, "cloud_region", cloud).where(is_public),
            "country": countries.where(is_public),
            "override": _attribute(overrides, "prefix", override),
        }
        return cls(_plan_table(plan_as_of, segments, columns))

    def redecided(self, own_prefixes: pa.Table, overrides: pa.Table) -> "AddressPlan":
        """The plan with other own prefixes and overrides; what registries say of every address stays as it is."""
        overrides = overrides.filter(pc.is_valid(overrides["prefix"]))
        segments = overlay([_layer(table) for table in (own_prefixes, overrides, self.table)])
        own, override, kept = segments.rows
        columns = {name: _attribute(self.table, name, kept) for name in OF_REGISTRIES}
        columns["is_own"] = _Column(np.where(own == NO_ROW, NONE, 0), pa.array([True]))
        columns["override"] = _attribute(overrides, "prefix", override)
        ordered = {name: columns[name] for name in ADDRESS_RANGES.names if name in columns}
        return AddressPlan(_plan_table(self.table["plan_as_of"][0].as_py(), segments, ordered))

    def lookup(self, addresses: Bytes | pa.Array | pa.ChunkedArray) -> npt.NDArray[np.int32]:
        """The range_id of each address, -1 where no range holds it.

        `addresses` are (n, 16) bytes, or a binary(16) column in which a null has no range.
        """
        if isinstance(addresses, np.ndarray):
            return self._lookup.find(addresses)
        found = self._lookup.find(bytes_of(addresses))
        if addresses.null_count:
            found[pc.is_null(addresses).to_numpy(zero_copy_only=False)] = NONE
        return found

    @cached_property
    def _lookup(self) -> AddressLookup:
        first = Addresses.of_column(self.table["first_address"])
        last = Addresses.of_column(self.table["last_address"])
        return AddressLookup(first, last)


def _believable(origins: pa.Table) -> pa.Table:
    """Prefix origins as equal ranges answer in order, without reserved AS numbers and default routes."""
    size = Addresses.of_column(origins["last_address"]).minus(Addresses.of_column(origins["first_address"]))
    is_v4 = origins["ip_version"].to_numpy() == 4
    is_default = np.where(is_v4, size.low == V4_SIZE, size.high == np.uint64(2**64 - 1))
    keep = ~is_default & ~is_reserved(origins["origin_as"].to_numpy())
    kept = origins.filter(pa.array(keep))
    listed = kept.append_column("listed", pa.array(np.arange(kept.num_rows)))
    return listed.sort_by([("seen_by", "descending"), ("listed", "ascending")]).drop_columns(["listed"])


def _layer(table: pa.Table | None) -> Layer:
    if table is None:
        none = Addresses(np.empty(0, np.uint64), np.empty(0, np.uint64))
        return Layer(none, none)
    return Layer(Addresses.of_column(table["first_address"]), Addresses.of_column(table["last_address"]))


def _encoded(values: pa.Array, rows: Rows) -> _Column:
    """An attribute whose codes are equal where its values are; a null value is nothing."""
    encoded = values.dictionary_encode()
    meaning = encoded.dictionary
    code_of_row = encoded.indices.fill_null(NONE).to_numpy(zero_copy_only=False).astype(np.int64)
    code_of_row = np.append(code_of_row, NONE)  # NO_ROW, -1, finds the appended one
    return _Column(code_of_row[rows], meaning)


def _attribute(table: pa.Table | None, column: str, rows: Rows) -> _Column:
    if table is None:
        return _Column(np.full(len(rows), NONE), pa.array([], pa.string()))
    return _encoded(_one_chunk(table[column]), rows)


def _first(tables: Sequence[pa.Table], rows: Sequence[Rows]) -> tuple[pa.Table, Rows]:
    """Tables laid end to end, and for each segment the row of the first table that has one."""
    chosen, offset = np.full_like(rows[0], NO_ROW), 0
    for table, row in zip(tables, rows, strict=True):
        chosen = np.where((chosen == NO_ROW) & (row != NO_ROW), row + offset, chosen)
        offset += table.num_rows
    return pa.concat_tables(tables), chosen


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined.cast(pa.string()) if pa.types.is_dictionary(combined.type) else combined


def _plan_table(plan_as_of: date, segments: Segments, columns: dict[str, _Column]) -> pa.Table:
    """Segments with something to say, neighbours that say the same made one."""
    codes = np.stack([column.codes for column in columns.values()])
    says = (codes != NONE).any(axis=0)
    differs = np.ones(len(says), np.bool_)
    differs[1:] = (codes[:, 1:] != codes[:, :-1]).any(axis=0) | _version_begins(segments.first)[1:]
    begins = np.flatnonzero(differs & says)
    run_ends = np.append(np.flatnonzero(differs)[1:], len(says)) - 1
    ends = run_ends[np.searchsorted(run_ends, begins)]
    first, last = segments.first.at(begins), segments.last.at(ends)
    is_v4 = (first.high == 0) & (first.low >> np.uint64(32) == 0xFFFF)
    meanings = {name: _Column(column.codes[begins], column.meaning).to_array() for name, column in columns.items()}
    arrays = {
        "plan_as_of": pa.repeat(pa.scalar(plan_as_of, pa.date32()), len(begins)),
        "range_id": pa.array(np.arange(len(begins), dtype=np.int32)),
        "ip_version": pa.array(np.where(is_v4, 4, 6).astype(np.uint8)),
        "first_address": first.to_column(),
        "last_address": last.to_column(),
        **meanings,
        "is_own": meanings["is_own"].fill_null(False),
    }
    return pa.table([arrays[name] for name in ADDRESS_RANGES.names], schema=ADDRESS_RANGES)


def _version_begins(first: Addresses) -> npt.NDArray[np.bool_]:
    """Where IPv4 begins and ends, so that no range reaches over it."""
    begins = np.isin(first.low, [MAPPED_FIRST, MAPPED_LAST + 1])
    return np.equal(first.high, 0) & begins
