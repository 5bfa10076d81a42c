"""The published copy of the marts: a closed DuckDB file and Parquet beside it, renamed over the ones before.

Belongs here: copying what is public, and the editions and the checks' history beside it. Does not belong here:
addresses or anything of core, which never leave the warehouse.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from assets.ground.lake import fingerprint_of, replacing
from assets.ground.markdown import markdown_table
from assets.ground.paths_in_sql import quoted
from assets.ground.workspace import Workspace
from assets.warehouse import check_history
from assets.warehouse.database import OneRun
from assets.warehouse.editions.kept import editions_folder, editions_of, quarters_with_editions
from assets.warehouse.editions.tables import TABLES, Row, rows_of_tables, write_tables
from assets.warehouse.gates import refuse_behind_shut_gates
from assets.warehouse.gone_tables import drop_without_model
from assets.warehouse.inputs import project_of
from assets.warehouse.ledger import MARTS, built_of
from assets.warehouse.manifest import Grain
from assets.warehouse.published_quarters import fingerprints_path, published_quarters

__all__ = ["KEY", "define", "fingerprints_path", "publish", "publish_editions", "published_quarters", "what_is_built"]
KEY = dg.AssetKey(["published", "marts"])

SCHEMA = "marts"
# The oldest storage version that DuckDB 2 writes for sure and every 1.x client of the last two years reads.
STORAGE_VERSION = "v1.2.0"


def publish(warehouse: Path, published: Path, *, fingerprints: Mapping[str, str]) -> list[str]:
    """Copy every mart, with its descriptions, to `published`; return their names. Parquet of others goes.

    Readers that have the old file open keep it; the new one takes its name when it is complete.
    """
    # An edition that can't be read stops it before anything is written.
    for quarter in quarters_with_editions(editions_folder(published)):
        editions_of(editions_folder(published), quarter)
    with replacing(published) as temporary, duckdb.connect() as database:
        database.execute(f"attach {quoted(warehouse)} as warehouse (read_only)")
        database.execute(f"attach {quoted(temporary)} as published (storage_version '{STORAGE_VERSION}')")
        # One commit: each waits for the disk, and there is one for each column's description.
        database.begin()
        database.execute(f"create schema published.{SCHEMA}")
        marts = [name for (name,) in database.execute(_MARTS, [SCHEMA]).fetchall()]
        for mart in marts:
            database.execute(f'create table published.{SCHEMA}."{mart}" as from warehouse.{SCHEMA}."{mart}"')
            _describe(database, mart)
            _write_parquet(database, mart, published.parent / SCHEMA / f"{mart}.parquet")
        database.commit()
        database.execute("detach published")
        _add_editions(temporary, published)
        _add_checks(temporary, published)
    told = {*marts, *TABLES, check_history.TABLE}
    for parquet in (published.parent / SCHEMA).glob("*.parquet"):
        if parquet.stem not in told:
            parquet.unlink()
    with replacing(fingerprints_path(published)) as temporary:
        temporary.write_text(json.dumps(dict(sorted(fingerprints.items())), indent=1) + "\n", encoding="utf-8")
    return marts


def is_published(published: Path, built: Mapping[str, str]) -> bool:
    """Whether the copy, and the Parquet beside it, are there and sound, of these quarters."""
    return published_quarters(published) == built and published.exists() and _is_sound(published)


def _is_sound(published: Path) -> bool:
    """Whether every value of the copy can be read, and every table has its Parquet, whole."""
    try:
        with duckdb.connect(published, read_only=True) as database:
            tables = [name for (name,) in database.execute(_TABLES, [SCHEMA]).fetchall()]
            for table in tables:
                # A count is told by statistics; a hash of each row has its blocks read, and their checksums looked at.
                database.execute(f'select bit_xor(hash(rows)) from {SCHEMA}."{table}" as rows').fetchall()
                pq.read_metadata(published.parent / SCHEMA / f"{table}.parquet")
    except (duckdb.Error, pa.ArrowInvalid, OSError):
        return False
    return bool(tables)


def publish_editions(published: Path) -> bool:
    """Bring the tables of editions in a published copy up to date; whether something had to be written."""
    with duckdb.connect(published, read_only=True) as database:
        if _told_editions(database) == rows_of_tables(database, editions_folder(published)):
            return False
    with replacing(published) as temporary:
        shutil.copyfile(published, temporary)
        _add_editions(temporary, published)
    return True


def _add_editions(temporary: Path, published: Path) -> None:
    """Put the tables of editions into a copy that is being written, and as Parquet beside it."""
    with duckdb.connect(temporary) as database:
        rows = rows_of_tables(database, editions_folder(published))
        database.begin()
        write_tables(database, rows)
        database.commit()
        for table in TABLES:
            with replacing(published.parent / SCHEMA / f"{table}.parquet") as parquet:
                database.execute(f"copy {SCHEMA}.{table} to {quoted(parquet)} (format parquet, compression zstd)")


def publish_checks(published: Path) -> None:
    """Bring the checks' history in a published copy up to date, if something was checked since it was written."""
    history = check_history.history_path(published)
    with duckdb.connect(published, read_only=True) as database:
        if check_history.is_told(database, history):
            return
    with replacing(published) as temporary:
        shutil.copyfile(published, temporary)
        _add_checks(temporary, published)


def _add_checks(temporary: Path, published: Path) -> None:
    """Put the checks' history into a copy that is being written, and as Parquet beside it."""
    with duckdb.connect(temporary) as database:
        database.begin()
        check_history.write_table(database, check_history.history_path(published))
        database.commit()
        with replacing(published.parent / SCHEMA / f"{check_history.TABLE}.parquet") as parquet:
            database.execute(
                f"copy {SCHEMA}.{check_history.TABLE} to {quoted(parquet)} (format parquet, compression zstd)"
            )


def _told_editions(database: duckdb.DuckDBPyConnection) -> dict[str, list[Row]] | None:
    """The tables of editions as a published copy has them; None where it has not all of them."""
    there = {name for (name,) in database.execute("select table_name from duckdb_tables()").fetchall()}
    if not there >= set(TABLES):
        return None
    return {name: database.execute(f"from {SCHEMA}.{name}").fetchall() for name in TABLES}


_TABLES = "select table_name from duckdb_tables() where schema_name = ? order by all"
_MARTS = """
select table_name from duckdb_tables()
where database_name = 'warehouse' and schema_name = ? order by table_name
"""
_DESCRIPTIONS = """
select column_name, comment from duckdb_columns()
where database_name = 'warehouse' and schema_name = ? and table_name = ? and comment is not null
order by column_index
"""


def _describe(database: duckdb.DuckDBPyConnection, mart: str) -> None:
    for column, comment in database.execute(_DESCRIPTIONS, [SCHEMA, mart]).fetchall():
        text = comment.replace("'", "''")
        database.execute(f'comment on column published.{SCHEMA}."{mart}"."{column}" is \'{text}\'')


def _write_parquet(database: duckdb.DuckDBPyConnection, mart: str, path: Path) -> None:
    with replacing(path) as temporary:
        database.execute(f'copy published.{SCHEMA}."{mart}" to {quoted(temporary)} (format parquet, compression zstd)')


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The asset published/marts: the marts as analysts and reports see them, once their checks have passed."""
    manifest = json.loads((workspace.dbt_target / "manifest.json").read_text(encoding="utf-8"))
    marts = [
        dg.AssetKey(["marts", node["name"]])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["fqn"][1] == SCHEMA
    ]

    @dg.asset(
        key=KEY,
        deps=marts,
        group_name="marts",
        kinds={"duckdb"},
        description="A closed copy of the marts, renamed over the one before; readers never wait for a run.",
    )
    def published_copy(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        # The report puts its editions into the copy, too: of two that write it at once the later would undo the other.
        with OneRun(workspace.warehouse).held("publishing the marts"):
            return publish_what_is_built(context)

    def publish_what_is_built(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        refuse_behind_shut_gates(workspace, "published")
        built = what_is_built(workspace)
        if gone := drop_without_model(workspace.warehouse, project_of(workspace), SCHEMA):
            context.log.info(f"{', '.join(gone)}: no model makes this any more, and it is no longer published")
        noted = dg.DataVersion(fingerprint_of(built))
        if is_published(workspace.published, built):
            publish_checks(workspace.published)
            return dg.MaterializeResult(metadata=shown("current"), data_version=noted)
        publish(workspace.warehouse, workspace.published, fingerprints=built)
        return dg.MaterializeResult(metadata=shown("anew"), data_version=noted)

    def shown(how: str) -> dict[str, dg.MetadataValue[Any]]:
        parquet = sorted((workspace.published.parent / SCHEMA).glob("*.parquet"))
        rows = [(path.stem, pq.read_metadata(path).num_rows) for path in parquet]
        return {
            "published": dg.MetadataValue.text(how),
            "file": dg.MetadataValue.path(workspace.published),
            "tables": dg.MetadataValue.md(markdown_table(("mart", "rows"), rows)),
            "dagster/row_count": dg.MetadataValue.int(sum(count for _, count in rows)),
        }

    return [published_copy]


class MartsInPiecesError(Exception):
    """Some marts of a quarter were built without the others; together they would contradict each other."""


def what_is_built(workspace: Workspace) -> dict[str, str]:
    """Each quarter that the working database has marts of, with the fingerprint of which they are and what they were
    built from.

    MartsInPiecesError names a quarter of which some marts were built without the others.
    """
    project, built = project_of(workspace), built_of(workspace.warehouse)
    whole = built.get(MARTS, {})
    layers = [mart.layer for mart in project.of(Grain.QUARTER)]
    apart = {quarter: layer for layer in layers for quarter in built.get(layer, {}) if quarter not in whole}
    if apart:
        quarter = min(apart)
        lacking = [layer for layer in layers if quarter not in built.get(layer, {})]
        raise MartsInPiecesError(
            f"the marts of {quarter} are not built in one piece ({', '.join(lacking[:3]) or apart[quarter]}); "
            f"materialise all marts of {quarter}, or run `netstats build`"
        )
    if not whole:
        raise MartsInPiecesError(
            "there are no marts: core holds no traffic of any quarter; see `netstats doctor` for days without exports"
        )
    of_all = [built.get(mart.layer, {}) for mart in project.of(Grain.WHOLE, layer=SCHEMA)]
    names = [model.layer for model in project.of(*Grain, layer=SCHEMA)]
    return {quarter: fingerprint_of(noted, of_all, names) for quarter, noted in whole.items()}
