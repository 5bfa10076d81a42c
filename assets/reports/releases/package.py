"""The files of a dataset: CSV and Parquet of each table, a data package that describes them, a dictionary, checksums.

Belongs here: bytes and their description. Does not belong here: which rows there are (`tables`).
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pyarrow import parquet

from assets.reports.charts import IS_SIMULATED, Table, seen
from assets.reports.releases.tables import ReleasedTable, read_tables

PROFILE = "tabular-data-package"
PROFILE_OF_TABLES = "tabular-data-resource"
NO_LICENCE = (
    "No licence is given with these numbers: all rights are the operator's.\n"
    "Who publishes them writes the licence into data_licence.txt of the operator folder, and makes the release again.\n"
)
HOW_TO_READ = """Each table is a CSV (RFC 4180, UTF-8, empty cells are null) and a Parquet file; `datapackage.json`
describes both, and `sha256sum --check SHA256SUMS` tells whether they are whole. What is withheld has no numbers
(`is_suppressed`), and is told together under the name `withheld`. Links of the operator's are numbered. A text in
CSV that a spreadsheet would compute begins with an apostrophe."""
SIMULATED = "Simulated: the traffic is invented."


@dataclass(frozen=True)
class About:
    """What a dataset says of itself; `licence` is the text under which it is given, empty where there is none."""

    quarter: str
    operator: str
    is_simulated: bool
    sources: Sequence[Mapping[str, Any]]
    licence: str


def release_files(published: Path, quarter: str, descriptions: Mapping[str, str], licence: str) -> dict[str, bytes]:
    """The files of a quarter's dataset by path, from the marts of a published database; the same marts, the same bytes.

    `descriptions` are those of marts, by name; ReleaseError names what may not be released.
    """
    with duckdb.connect(published, read_only=True) as database:
        tables = read_tables(database, quarter, descriptions)
        about = _about(database, quarter, licence)
    files = {path: content for table in tables for path, content in _of_table(table, about)}
    files["LICENSE.txt"] = (licence or NO_LICENCE).encode()
    files["README.md"] = _dictionary(tables, about).encode()
    package = _package(tables, about, files)
    files["datapackage.json"] = (json.dumps(package, indent=1, ensure_ascii=False) + "\n").encode()
    sums = "".join(f"{_hash(files[path])}  {path}\n" for path in sorted(files))
    return {**files, "SHA256SUMS": sums.encode()}


def _about(database: duckdb.DuckDBPyConnection, quarter: str, licence: str) -> About:
    operator, is_simulated = database.execute("select operator, is_simulated from marts.operator_profile").fetchall()[0]
    rows = database.execute(
        "select title, coalesce(address, '') as path, licence, coalesce(visible_credit, '') as credit "
        "from marts.data_sources order by source"
    ).fetchall()
    sources = [dict(zip(("title", "path", "licence", "credit"), row, strict=True)) for row in rows]
    return About(quarter, seen(operator), is_simulated, sources, licence)


def _of_table(table: ReleasedTable, about: About) -> Iterator[tuple[str, bytes]]:
    columns = tuple(table.rows.column_names)
    values = zip(*(table.rows.column(name).to_pylist() for name in columns), strict=True)
    rows = tuple(tuple(_cell(value) for value in row) for row in values)
    yield f"data/{table.name}.csv", Table(columns, rows).csv(is_simulated=about.is_simulated).encode()
    marked = _seen(table.rows).append_column(
        IS_SIMULATED, pa.array([about.is_simulated] * table.rows.num_rows, pa.bool_())
    )
    written = io.BytesIO()
    parquet.write_table(marked.replace_schema_metadata(None), written, compression="zstd")
    yield f"data/{table.name}.parquet", written.getvalue()


def _seen(rows: pa.Table) -> pa.Table:
    """The same rows with texts of which every character shows."""
    for place, field in enumerate(rows.schema):
        if pa.types.is_string(field.type):
            texts = [text if text is None else seen(text) for text in rows.column(place).to_pylist()]
            rows = rows.set_column(place, field, pa.array(texts, field.type))
    return rows


def _cell(value: Any) -> Any:
    """A value as CSV has it: times as ISO 8601, lists of texts parted by semicolons, texts of which all shows."""
    if isinstance(value, list):
        return seen(";".join(map(str, value)))
    if isinstance(value, str):
        return seen(value)
    return value.isoformat() if isinstance(value, date | datetime) else value


def _package(tables: Sequence[ReleasedTable], about: About, files: Mapping[str, bytes]) -> dict[str, Any]:
    """The Frictionless data package: each CSV with its schema, and the same table as Parquet."""
    return {
        "profile": PROFILE,
        "name": f"network-stats-{about.quarter.lower()}",
        "title": f"{about.operator}: Network Stats {about.quarter}",
        "description": f"{SIMULATED} " * about.is_simulated
        + "The published marts of a quarter; README.md describes them.",
        "licenses": [{"name": "see-license-txt", "path": "LICENSE.txt", "title": _first_line(about.licence)}],
        "sources": [{"title": seen(one["title"]), "path": one["path"]} for one in about.sources if one["path"]],
        "resources": [one for table in tables for one in _resources(table, files)],
    }


def _first_line(licence: str) -> str:
    return licence.strip().partition("\n")[0] or "No licence is given"


def _resources(table: ReleasedTable, files: Mapping[str, bytes]) -> Iterator[dict[str, Any]]:
    described = _file(f"data/{table.name}.csv", files) | {"description": table.description}
    yield {
        "profile": PROFILE_OF_TABLES,
        "name": table.name,
        **described,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "header": True},
        "schema": {"fields": [*_fields(table)], "missingValues": [""]},
    }
    mediatype = "application/vnd.apache.parquet"
    path = f"data/{table.name}.parquet"
    yield {"name": f"{table.name}-parquet", **_file(path, files), "format": "parquet", "mediatype": mediatype}


def _file(path: str, files: Mapping[str, bytes]) -> dict[str, Any]:
    return {"path": path, "bytes": len(files[path]), "hash": f"sha256:{_hash(files[path])}"}


def _hash(content: bytes) -> str:
    return sha256(content).hexdigest()


def _fields(table: ReleasedTable) -> Iterator[dict[str, str]]:
    for field in table.rows.schema:
        yield {"name": field.name, "type": type_of(field.type), "description": table.meanings[field.name]}
    yield {"name": IS_SIMULATED, "type": "boolean", "description": "Whether the numbers are simulated."}


def type_of(kind: pa.DataType) -> str:
    """The type of a data package's field."""
    tests = (
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "number"),
        (pa.types.is_decimal, "number"),
        (pa.types.is_timestamp, "datetime"),
        (pa.types.is_date, "date"),
    )
    return next((name for test, name in tests if test(kind)), "string")


def _dictionary(tables: Sequence[ReleasedTable], about: About) -> str:
    lines = [f"# {_plain(about.operator)}: Network Stats {about.quarter}", ""]
    lines += [f"**{SIMULATED}**", ""] if about.is_simulated else []
    lines += [
        HOW_TO_READ,
        "",
    ]
    for table in tables:
        lines += [f"## {table.name}", "", _plain(table.description), "", "| column | type | meaning |", "|---|---|---|"]
        lines += [f"| {one['name']} | {one['type']} | {_plain(one['description'])} |" for one in _fields(table)]
        lines += [""]
    lines += ["## Sources", ""]
    lines += [
        f"- {_plain(' '.join(str(one[key]) for key in ('title', 'path', 'licence', 'credit') if one[key]))}"
        for one in about.sources
    ]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return seen(text).replace("|", "\\|").replace("<", "\\<")
