"""Writing files of an operator folder for the first time, and adding rows to them.

Belongs here: text that the loader reads, and leaving what a person wrote as it is. Does not belong here: which rows
there are (orchestration.commands.init).
"""

import csv
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from assets.ground.lake import replacing
from assets.operator import columns as files
from assets.operator.columns import NOTE, CsvFile
from assets.operator.load import load_operator
from assets.operator.model import FlowSource, Operator
from assets.operator.notes import NOTED_FILES

CsvRow = Mapping[str, str]
FILES: Mapping[str, CsvFile[object]] = {
    file.name: file
    for file in (files.EXPORTERS, files.INTERFACES, files.OWN_PREFIXES, files.SITES, files.REGIONS, files.OVERRIDES)
}


def settings_text(
    name: str, own_asns: Sequence[int], contact: str | None, began_on: date, sources: Sequence[FlowSource]
) -> str:
    """An operator.yaml that leaves to their defaults what nobody decided."""
    lines = [
        f"name: {json.dumps(name, ensure_ascii=False)}",
        "simulated: false",
        f"own_asns: [{', '.join(map(str, own_asns))}]",
        f"contact: {json.dumps(contact, ensure_ascii=False)}" if contact else "# contact: whom registries may ask",
        f"tracking_began_on: {began_on}",
        "flow_sources:",
    ]
    for source in sources:
        lines.append(f"  - address: {json.dumps(source.address, ensure_ascii=False)}")
        lines += [f"    format: {source.format}"] if source.format != "auto" else []
        lines += ["    is_scaled: true"] if source.is_scaled else []
    lines.append(
        "# registries: iptoasn, for which the bundled table stands in until `netstats registries` has pulled it"
    )
    return "\n".join(lines) + "\n"


def header_of(file: CsvFile[object]) -> list[str]:
    """The columns of a file that is written for the first time, with one for notes where `netstats doctor` reads it."""
    wanted = [column.name for column in file.columns if not column.may_be_absent]
    return [*wanted, NOTE] if file.name in NOTED_FILES else wanted


def tried(folder: Path, texts: Mapping[str, str]) -> Operator:
    """The folder as it would be with these files in place of those that it lacks; nothing is written into it.

    OperatorError tells what would not be valid.
    """
    with TemporaryDirectory() as elsewhere:
        trial = Path(elsewhere)
        for path in folder.iterdir() if folder.is_dir() else ():
            (trial / path.name).symlink_to(path)
        for name, text in texts.items():
            write_once(trial, name, text)
        return replace(load_operator(trial, told_as=folder), folder=folder)


def write_once(folder: Path, name: str, text: str) -> bool:
    """Write a file unless it is there; whether it was written."""
    path = folder / name
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return True


def csv_text(name: str, rows: Sequence[CsvRow] = ()) -> str:
    """A file with its header and rows."""
    header = header_of(FILES[name])
    return _lines([dict(zip(header, header, strict=True)), *rows], header, "\n")


def add_rows(folder: Path, name: str, rows: Sequence[CsvRow]) -> None:
    """Add rows behind those of a file, whose other bytes stay; cells of columns that it does not have are left out.

    A link stays one, to the file with the rows.
    """
    if not rows:
        return
    path = (folder / name).resolve()
    before = path.read_bytes()
    text = before.decode("utf-8-sig")
    ending = "\r\n" if "\r\n" in text else "\n"
    header = [cell.strip() for cell in next(csv.reader(io.StringIO(text, newline="")))]
    gap = "" if text.endswith("\n") else ending
    with replacing(path) as temporary:
        shutil.copy(path, temporary)
        temporary.write_bytes(before + (gap + _lines(rows, header, ending)).encode("utf-8"))


def _lines(rows: Sequence[CsvRow], header: Sequence[str], ending: str) -> str:
    out = io.StringIO(newline="")
    csv.DictWriter(out, header, restval="", extrasaction="ignore", lineterminator=ending).writerows(rows)
    return out.getvalue()
