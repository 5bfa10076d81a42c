"""The bundled IP-to-ASN table: what stands in until a registry has been fetched.

Belongs here: reading the bundled snapshot. Does not belong here: tables that are fetched (iptoasn ...).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from assets.registry.source import NETWORKS, PREFIX_ORIGINS, Origin, RegistryFormatError, Source

NAME = "ip_to_asn"
MAPPED_OFFSET = 12
COLUMNS = ("first_address", "last_address", "ip_version", "asn", "name")


def parse(files: Sequence[Path], as_of: date) -> Mapping[str, pa.Table]:
    """Read Parquet files with the columns of the bundled snapshot; one name for each AS."""
    ranges = pa.concat_tables([_read(file) for file in files])
    return {"prefix_origins": _prefix_origins(ranges, as_of), "networks": _networks(ranges, as_of)}


def _read(file: Path) -> pa.Table:
    table = pq.ParquetFile(file).read()
    missing = [column for column in COLUMNS if column not in table.column_names]
    if missing:
        raise RegistryFormatError(f"{file}: has no column {missing[0]}; it needs {', '.join(COLUMNS)}")
    return table.select(list(COLUMNS))


def _constant(value: object, count: int, kind: pa.DataType) -> pa.Array:
    return pa.repeat(pa.scalar(value, kind), count)


def _prefix_origins(ranges: pa.Table, as_of: date) -> pa.Table:
    count = ranges.num_rows
    return pa.table(
        [
            _constant(as_of, count, pa.date32()),
            _constant(NAME, count, pa.string()),
            ranges["ip_version"],
            ranges["first_address"],
            ranges["last_address"],
            ranges["asn"],
            pa.nulls(count, pa.uint32()),
        ],
        schema=PREFIX_ORIGINS,
    )


def _networks(ranges: pa.Table, as_of: date) -> pa.Table:
    sized = ranges.append_column("addresses", _ipv4_addresses(ranges))
    grouped = sized.group_by("asn").aggregate([("name", "min"), ("addresses", "sum")]).sort_by("asn")
    count = grouped.num_rows
    return pa.table(
        [
            _constant(as_of, count, pa.date32()),
            grouped["asn"],
            grouped["name_min"],
            grouped["name_min"],
            pa.nulls(count, pa.string()),
            _constant(NAME, count, pa.string()),
            grouped["addresses_sum"],
        ],
        schema=NETWORKS,
    )


def _ipv4_addresses(ranges: pa.Table) -> pa.ChunkedArray:
    """How many IPv4 addresses each range holds; 0 for IPv6."""
    first, last = (_low_32_bits(ranges[column]) for column in ("first_address", "last_address"))
    counts = pc.add(pc.subtract(last, first), pa.scalar(1, pa.uint64()))
    return pc.if_else(pc.equal(ranges["ip_version"], 4), counts, pa.scalar(0, pa.uint64()))


def _low_32_bits(addresses: pa.ChunkedArray) -> pa.Array:
    import numpy as np

    whole = addresses.combine_chunks()
    packed = np.frombuffer(whole.buffers()[1], np.uint8).reshape(-1, 16)[whole.offset : whole.offset + len(whole)]
    return pa.array(packed[:, MAPPED_OFFSET:].copy().view(">u4").ravel().astype(np.uint64))


BUNDLED = Path(__file__).parent / "bundled" / "ip_to_asn_2026-06-17.parquet"
SOURCE = Source(
    name=NAME,
    origin=Origin(
        producer="ip-location-db (RouteViews, DB-IP, NRO)",
        title="@ip-location-db/asn 2.3.2026061719, the ranges of the known networks",
        address="https://github.com/sapics/ip-location-db",
        licence="CC BY 4.0",
        citation="ip-location-db asn 2.3.2026061719, from RouteViews, DB-IP and NRO data, 2026-06-17",
        may_be_redistributed=True,
        visible_credit="IP address data by DB-IP",
        visible_credit_address="https://db-ip.com",
    ),
    tables=("prefix_origins", "networks"),
    parse=parse,
    bundled=(BUNDLED,),
    bundled_as_of=date(2026, 6, 17),
)
