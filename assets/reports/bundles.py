"""Where the reports of quarters lie, drawn and published, and what each was made from.

Belongs here: folders and notes. Does not belong here: drawing (assets.reports.drawn_bundle), publishing
(assets.reports.chart_bundle), checking (checks.reports).
"""

import json
import os
import shutil
from pathlib import Path

from assets.ground.browser import found_chromium
from assets.ground.lake import fingerprint_of, fingerprint_of_files, replacing
from assets.ground.quarters import Quarter
from assets.ground.unfinished import replacing_folder
from assets.ground.workspace import Workspace
from assets.warehouse.check_history import warned_of
from assets.warehouse.editions.kept import editions_folder
from assets.warehouse.published_marts import published_quarters

CHARTS = Path(__file__).parent / "charts"
PICTURES = "pictures"


class UncheckedPageError(Exception):
    """A drawn report may not be published: a check refused it, or none has looked at it."""


def code_of_charts() -> str:
    """The code of the charts and what ships with it: bundles are drawn again when it changes."""
    return fingerprint_of_files(path for path in CHARTS.rglob("*") if path.is_file() and path.suffix != ".pyc")


def bundle_fingerprint(workspace: Workspace, quarter: Quarter) -> str:
    """What a quarter's bundle is made from: its published marts, the editions that it names, what checks warn of, the
    code of the charts."""
    folder = editions_folder(workspace.published)
    editions = [sorted((folder / str(one)).glob("*.json")) for one in (quarter.previous, quarter)]
    marts = published_quarters(workspace.published).get(str(quarter))
    # An edition is never written again: its name says which one it is.
    warned = warned_of(workspace.published, quarter)
    return fingerprint_of(marts, [[path.name for path in paths] for paths in editions], warned, code_of_charts())


def is_rendered(workspace: Workspace, quarter: Quarter) -> bool:
    """Whether a quarter's published bundle is what its marts and the charts would give now."""
    return _is_current(workspace, quarter, workspace.reports / str(quarter))


def drawn_folder(workspace: Workspace, quarter: Quarter) -> Path:
    """Where a quarter's bundle is drawn, and waits for its checks."""
    return workspace.reports / ".drawn" / str(quarter)


def drawn_folders(workspace: Workspace) -> dict[Quarter, Path]:
    """The drawn bundles that are of the marts as they are published now, by quarter."""
    quarters = [Quarter.parse(quarter) for quarter in sorted(published_quarters(workspace.published))]
    folders = {quarter: drawn_folder(workspace, quarter) for quarter in quarters}
    return {quarter: folder for quarter, folder in folders.items() if _is_current(workspace, quarter, folder)}


def tell_drawn(workspace: Workspace, quarter: Quarter) -> None:
    """Note what a bundle was drawn from, and that no check has looked at it."""
    folder = drawn_folder(workspace, quarter)
    _write(folder.with_name(f"{quarter}.checked"), "{}")
    _write(folder.with_name(f"{quarter}.fingerprint"), bundle_fingerprint(workspace, quarter))


def tell_checked(workspace: Workspace, quarter: Quarter, check: str, refusal: str | None) -> None:
    """Note that a check let a drawn bundle pass, or why not."""
    path = drawn_folder(workspace, quarter).with_name(f"{quarter}.checked")
    _write(path, json.dumps({**_checked(path), check: refusal}, indent=1))


def publish_drawn(workspace: Workspace, quarter: Quarter) -> Path:
    """Let a drawn bundle take the place of the published one; UncheckedPageError if its checks did not let it pass."""
    drawn, folder = drawn_folder(workspace, quarter), workspace.reports / str(quarter)
    checked = _checked(drawn.with_name(f"{quarter}.checked"))
    refused = [f"{check} ({refusal})" for check, refusal in checked.items() if refusal]
    if refused or not checked or not _is_current(workspace, quarter, drawn):
        why = "; ".join(refused) or "no check has looked at it as it is now"
        raise UncheckedPageError(
            f"the report of {quarter} stays as it was: {why}; `netstats report {quarter}` draws it"
        )
    replace_folder(folder, drawn)
    _write(folder.with_name(f"{quarter}.fingerprint"), bundle_fingerprint(workspace, quarter))
    return folder / "index.html"


def _checked(path: Path) -> dict[str, str | None]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _is_current(workspace: Workspace, quarter: Quarter, folder: Path) -> bool:
    noted = folder.with_name(f"{quarter}.fingerprint")
    if not (folder / "index.html").exists() or not noted.exists():
        return False
    # One without pictures is drawn again where a Chromium is found; one with them is not given up where none is.
    if found_chromium() is not None and not (folder / PICTURES).exists():
        return False
    return noted.read_text(encoding="utf-8") == bundle_fingerprint(workspace, quarter)


def _write(path: Path, text: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def replace_folder(folder: Path, drawn: Path) -> None:
    """A copy of `drawn` takes the place of `folder` by renaming; files are shared, since neither is written again."""
    with replacing_folder(folder) as writing:
        shutil.copytree(drawn, writing, copy_function=os.link)
