"""The operator folder as tables of the lake, operator/*.

Belongs here: the shape of those tables. Does not belong here: writing them.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from assets.ground.addresses import bounds, sixteen_bytes
from assets.operator import columns as files
from assets.operator.cells import address as parse_address
from assets.operator.cells import prefix as parse_prefix
from assets.operator.columns import ADDRESS, Column, CsvFile
from assets.operator.model import Operator

SETTINGS = pa.schema(
    [
        pa.field("operator", pa.string(), nullable=False),
        pa.field("is_simulated", pa.bool_(), nullable=False),
        pa.field("own_asns", pa.list_(pa.uint32()), nullable=False),
        pa.field("contact", pa.string()),
        pa.field("tracking_began_on", pa.date32(), nullable=False),
        pa.field("timezone", pa.string(), nullable=False),
        pa.field("retention_days_exports", pa.int32(), nullable=False),
        pa.field("retention_days_addresses", pa.int32(), nullable=False),
        pa.field("retention_days_hashes", pa.int32(), nullable=False),
        pa.field("suppression_minimum_unique_ips", pa.int32(), nullable=False),
        pa.field("suppression_maximum_share_of_one_network", pa.float64(), nullable=False),
    ]
)


def operator_tables(operator: Operator) -> dict[str, pa.Table]:
    """The tables operator/*, by name, rows in the order of the files.

    Columns are those of the files; an address also stands as text (`exporter_address`), a prefix also as its
    first and last address (16 bytes, IPv4 mapped).
    """
    return {
        "settings": _settings(operator),
        "exporters": _table(files.EXPORTERS, operator.exporters),
        "interfaces": _table(files.INTERFACES, operator.interfaces),
        "sites": _table(files.SITES, operator.sites),
        "regions": _table(files.REGIONS, operator.regions),
        "own_prefixes": _table(files.OWN_PREFIXES, operator.own_prefixes),
        "overrides": _table(files.OVERRIDES, operator.overrides),
        "check_limits": _numbered(_table(files.CHECK_LIMITS, operator.check_limits)),
        "metro_positions": _table(files.METRO_POSITIONS, operator.metro_positions),
    }


def _settings(operator: Operator) -> pa.Table:
    settings = operator.settings
    row = {
        "operator": settings.name,
        "is_simulated": settings.is_simulated,
        "own_asns": list(settings.own_asns),
        "contact": settings.contact,
        "tracking_began_on": settings.tracking_began_on,
        "timezone": settings.timezone,
        "retention_days_exports": settings.retention_days.exports,
        "retention_days_addresses": settings.retention_days.addresses,
        "retention_days_hashes": settings.retention_days.hashes,
        "suppression_minimum_unique_ips": settings.suppression.minimum_unique_ips,
        "suppression_maximum_share_of_one_network": settings.suppression.maximum_share_of_one_network,
    }
    return pa.Table.from_pylist([row], schema=SETTINGS)


def _table(file: CsvFile[object], rows: Sequence[object]) -> pa.Table:
    fields, arrays = [], []
    for column in file.columns:
        cells = [getattr(row, column.name) for row in rows]
        for field, values in _columns(column, cells):
            fields.append(field)
            arrays.append(pa.array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _numbered(table: pa.Table) -> pa.Table:
    """With the place of each row in its file, from 0: the last that fits a check holds."""
    return table.append_column("position", pa.array(range(table.num_rows), pa.int32()))


def _columns(column: Column, cells: list[Any]) -> list[tuple[pa.Field, list[object]]]:
    """A column of a file as the columns of its table."""
    field = pa.field(column.name, column.type, nullable=column.is_optional)
    if column.parse is parse_address:
        text = pa.field(f"{column.name}_address", pa.string(), nullable=column.is_optional)
        packed = [cell and sixteen_bytes(cell) for cell in cells]
        return [(field, packed), (text, [cell and str(cell) for cell in cells])]
    if column.parse is parse_prefix:
        ends = [bounds(cell) if cell else (None, None) for cell in cells]
        return [
            (field, [cell and str(cell) for cell in cells]),
            (field.with_name("first_address").with_type(ADDRESS), [first for first, _ in ends]),
            (field.with_name("last_address").with_type(ADDRESS), [last for _, last in ends]),
        ]
    return [(field, cells)]
