"""The tables of a dataset: published marts of one quarter, without the names of routers and links.

Belongs here: which marts and which rows, and what is told of a link. Does not belong here: files and their description
(`package`). Nothing is added to what the published marts tell, so that what they withhold stays withheld.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

# How the platform ran, and what older editions told: the page has it, in words that may name rows of the operator.
LEFT_OUT = frozenset({"check_history", "editions", "edition_values", "restatements"})
TABLES = """
select table_name from duckdb_tables() where schema_name = 'marts' order by table_name
"""
COLUMNS = """
select column_name, data_type, coalesce(comment, '')
from duckdb_columns() where schema_name = 'marts' and table_name = ? order by column_index
"""
TEXT = "VARCHAR"
# The key of a link is `link:<router>/<interface>`: a dataset numbers links instead, alike in all of its tables.
LINK = "link:"
LINKS = """
create or replace temp table numbered_links as
select told, 'link:' || row_number() over (order by told) as released from ({texts}) where told like 'link:%'
"""
RELEASED = """coalesce((select released from numbered_links where told = mart."{0}"), mart."{0}") as "{0}\""""
NUMBERED = re.compile(r"link:\d+")


class ReleaseError(Exception):
    """A dataset would tell what may not leave the operator, or lacks what it needs."""


@dataclass(frozen=True)
class ReleasedTable:
    """A mart of a quarter: its rows in one order, and what each column means."""

    name: str
    description: str
    meanings: Mapping[str, str]
    rows: pa.Table


def read_tables(
    database: duckdb.DuckDBPyConnection, quarter: str, descriptions: Mapping[str, str]
) -> list[ReleasedTable]:
    """The tables of a quarter's dataset from the published marts; `descriptions` are those of marts, by name.

    ReleaseError names a table that holds bytes or still names a link.
    """
    names = [name for (name,) in database.execute(TABLES).fetchall() if name not in LEFT_OUT]
    columns = {name: database.execute(COLUMNS, [name]).fetchall() for name in names}
    _number_links(database, columns)
    found = [_read(database, name, columns[name], quarter, descriptions.get(name, "")) for name in names]
    for table in found:
        _refuse_what_stays(table)
    return found


Columns = Sequence[tuple[str, str, str]]


def _number_links(database: duckdb.DuckDBPyConnection, columns: Mapping[str, Columns]) -> None:
    texts = [
        f'select "{column}" as told from marts."{name}"'
        for name, of_table in columns.items()
        for column, kind, _ in of_table
        if kind == TEXT
    ]
    database.execute(LINKS.format(texts=" union ".join(texts)))


def _read(
    database: duckdb.DuckDBPyConnection, name: str, columns: Columns, quarter: str, description: str
) -> ReleasedTable:
    meanings = {column: meaning for column, _, meaning in columns}
    selected = ", ".join(RELEASED.format(column) if kind == TEXT else f'mart."{column}"' for column, kind, _ in columns)
    where = f"where quarter = '{quarter}'" if "quarter" in meanings else ""
    rows = database.sql(f'select {selected} from marts."{name}" as mart {where} order by all').to_arrow_table()
    return ReleasedTable(name, " ".join(description.split()), meanings, rows)


def _refuse_what_stays(table: ReleasedTable) -> None:
    """Bytes are hashes, sketches or addresses; a text that begins like a link's key names a router."""
    for field in table.rows.schema:
        if pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type):
            raise ReleaseError(
                f"marts.{table.name}.{field.name} holds bytes; a dataset has none: take it out of the mart"
            )
        if pa.types.is_string(field.type):
            told = {text for text in table.rows.column(field.name).to_pylist() if text and LINK in text}
            if named := sorted(text for text in told if not NUMBERED.fullmatch(text)):
                raise ReleaseError(
                    f"marts.{table.name}.{field.name} names a link and its router inside a text ({named[0]!r}); "
                    "take it out of the mart"
                )
