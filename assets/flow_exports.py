"""exports/flow_exports: which export files were pulled for a day, from where, and which were set aside.

Belongs here: finding, keeping and recognising the files of a day. Does not belong here: decoding them.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import dagster as dg
import pyarrow as pa

from assets import formats
from assets.lake import Lake, Partition, fingerprint_of, replacing, sha256_of_file
from assets.operator_folder import FlowSource, Operator, load_operator
from assets.workspace import Workspace

KEY = ("exports", "flow_exports")
FLOW_EXPORTS = pa.schema(
    [
        pa.field("export_on", pa.date32(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_file", pa.string(), nullable=False),
        pa.field("exporter_hint", pa.string()),
        pa.field("file_bytes", pa.uint64(), nullable=False),
        pa.field("sha256", pa.string(), nullable=False),
        pa.field("is_complete", pa.bool_(), nullable=False),
        pa.field("state", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("remedy", pa.string()),
    ]
)
REMEDY = "remove it from the source, or have the collector write one of the formats that docs/operate.md lists"


@dataclass(frozen=True)
class OfferedFile:
    """A file that a source offers for a day."""

    source: FlowSource
    path: Path
    source_file: str
    exporter_hint: str | None


def files_offered(operator: Operator, export_on: date) -> Iterator[OfferedFile]:
    """The files that each source holds for a day, in the order of the sources and then of their names."""
    for source in operator.flow_sources:
        for exporter_name, folder in _places(operator, source, export_on):
            for path in _files_below(folder):
                name = path.relative_to(folder).as_posix() if path != folder else path.name
                yield OfferedFile(
                    source, path, name if exporter_name is None else f"{exporter_name}/{name}", exporter_name
                )


def _places(operator: Operator, source: FlowSource, export_on: date) -> Iterator[tuple[str | None, Path]]:
    """The folders or files that a source's address means on a day, each with the exporter that it names."""
    address = source.address.replace("{date}", export_on.isoformat())
    if "{exporter}" not in address:
        yield None, operator.folder / address
        return
    for name in sorted({exporter.name for exporter in operator.exporters}):
        yield name, operator.folder / address.replace("{exporter}", name)


def _files_below(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(path for path in place.rglob("*") if path.is_file() and not path.name.startswith("."))


def pulled_folder(lake: Lake, export_on: date) -> Path:
    """Where the pulled files of a day are kept."""
    return lake.path(KEY, Partition("export_on", export_on)).parent / "files"


def pull_day(workspace: Workspace, operator: Operator, export_on: date) -> pa.Table:
    """Keep a day's files in the lake, set aside those that are no flow exports, and return the day's table.

    A file that a source no longer offers stays as it was pulled.
    """
    folder = pulled_folder(workspace.lake, export_on)
    rows = {row["source_file"]: row for row in _rows_pulled_before(workspace.lake, export_on)}
    for offered in files_offered(operator, export_on):
        row = _describe(offered, export_on)
        if row["state"] == "pulled":
            _keep(offered.path, folder / row["source_file"])
        else:
            _set_aside(offered.path, workspace.quarantine / export_on.isoformat() / row["source_file"], row)
        rows[row["source_file"]] = row
    return pa.Table.from_pylist([rows[name] for name in sorted(rows)], schema=FLOW_EXPORTS)


def _rows_pulled_before(lake: Lake, export_on: date) -> list[dict[str, object]]:
    partition = Partition("export_on", export_on)
    if lake.fingerprint(KEY, partition) is None:
        return []
    folder = pulled_folder(lake, export_on)
    return [row for row in lake.read(KEY, partition).to_pylist() if (folder / row["source_file"]).exists()]


def _describe(offered: OfferedFile, export_on: date) -> dict[str, object]:
    reason = formats.reason_not_an_export(offered.path, offered.source.format)
    return {
        "export_on": export_on,
        "source": offered.source.address,
        "source_file": offered.source_file,
        "exporter_hint": offered.exporter_hint,
        "file_bytes": offered.path.stat().st_size,
        "sha256": sha256_of_file(offered.path),
        "is_complete": reason is None,
        "state": "pulled" if reason is None else "quarantined",
        "reason": reason,
        "remedy": None if reason is None else REMEDY,
    }


def _keep(path: Path, kept: Path) -> None:
    """Link the file into the lake, or copy it where the file system can't link."""
    with replacing(kept) as temporary:
        try:
            os.link(path, temporary)
        except OSError:
            shutil.copyfile(path, temporary)


def _set_aside(path: Path, aside: Path, row: dict[str, object]) -> None:
    with replacing(aside) as temporary:
        shutil.copyfile(path, temporary)
    with replacing(aside.with_name(aside.name + ".reason.txt")) as temporary:
        temporary.write_text(f"{row['source_file']}: {row['reason']}; {row['remedy']}\n", encoding="utf-8")


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The asset exports/flow_exports, by day; a range of days is one run."""

    @dg.asset(
        key=dg.AssetKey(KEY),
        partitions_def=workspace.calendar.days,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name="exports",
        kinds={"parquet"},
        description="One row per export file of a day: where it came from, its hash, and why if it was set aside.",
    )
    def flow_exports(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        operator = load_operator(workspace.operator_folder)
        counts = {"files": 0, "file_bytes": 0, "files_quarantined": 0}
        set_aside: list[str] = []
        for key in context.partition_keys:
            export_on = date.fromisoformat(key)
            table = pull_day(workspace, operator, export_on)
            told = fingerprint_of(table.to_pylist())
            partition = Partition("export_on", export_on)
            if workspace.lake.fingerprint(KEY, partition) != told:
                workspace.lake.write(KEY, table, fingerprint=told, partition=partition)
            for row in table.to_pylist():
                counts["files"] += 1
                counts["file_bytes"] += row["file_bytes"]
                if row["state"] == "quarantined":
                    counts["files_quarantined"] += 1
                    set_aside.append(f"{key}/{row['source_file']}: {row['reason']}; {row['remedy']}")
        for line in set_aside:
            context.log.warning(line)
        yield dg.MaterializeResult(metadata={**counts, "set_aside": "\n".join(set_aside[:20]) or "none"})

    return [flow_exports]
