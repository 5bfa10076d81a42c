"""What suites of Great Expectations found: kept for each run, and made into pages that need no network.

Belongs here: the results' files and pages. Does not belong here: running suites (checks.expectations).
"""

import html
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assets.ground.lake import replacing
from assets.ground.workspace import Workspace

# Their pages name style sheets, scripts and pictures of other sites, and pages that are not made here.
FOREIGN = re.compile(
    r'<link\b[^>]*"https?://[^>]*>|<script\b[^>]*src="https?://[^>]*>\s*</script>|<img\b[^>]*>|<footer\b.*?</footer>',
    re.DOTALL,
)
LINK = re.compile(r'<a\b[^>]*href="[^#"][^>]*>(.*?)</a>', re.DOTALL)
STYLE = """<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; }
td, th { border: 1px solid #bbb; padding: .25rem .6rem; text-align: left; vertical-align: top; }
nav, footer, .modal, button, input, label, ol.breadcrumb { display: none; }
</style>"""


def results_folder(workspace: Workspace) -> Path:
    """Where the results of suites are kept, by check and moment."""
    return workspace.state / "checks" / "expectations"


def keep_result(workspace: Workspace, check: str, result: Any, now: datetime | None = None) -> Path:
    """Keep what a suite found."""
    moment = now or datetime.now(UTC)
    path = results_folder(workspace) / check / f"{moment:%Y-%m-%dT%H-%M-%S-%f}.json"
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(result, sort_keys=True), encoding="utf-8")
    return path


def write_pages(workspace: Workspace, target: Path) -> list[Path]:
    """A page of each check's newest result, behind an index of all that are kept; none if there are none."""
    kept = {folder.name: sorted(folder.glob("*.json")) for folder in sorted(results_folder(workspace).glob("*"))}
    if not any(kept.values()):
        return []
    target.mkdir(parents=True, exist_ok=True)
    pages = [target / f"{check}.html" for check in kept]
    for page, paths in zip(pages, kept.values(), strict=True):
        page.write_text(_page(json.loads(paths[-1].read_text(encoding="utf-8"))), encoding="utf-8")
    lines = "".join(_lines(check, paths) for check, paths in kept.items())
    index = target / "index.html"
    index.write_text(f"<!doctype html><title>Suites</title>{STYLE}<h1>Suites of expectations</h1>{lines}", "utf-8")
    return [index, *pages]


def _lines(check: str, paths: list[Path]) -> str:
    rows = ""
    for path in reversed(paths):
        found = json.loads(path.read_text(encoding="utf-8"))["statistics"]
        met, of = found["successful_expectations"], found["evaluated_expectations"]
        rows += f"<tr><td>{html.escape(path.stem)}</td><td>{met} of {of}</td></tr>"
    name = html.escape(check)
    head = "<tr><th>Run (UTC)</th><th>Expectations met</th></tr>"
    return f'<h2><a href="{name}.html">{name}</a></h2><table>{head}{rows}</table>'


def _page(result: dict[str, Any]) -> str:
    """The page of a result as Great Expectations draws it, without what other sites would have to deliver."""
    from great_expectations.core.expectation_validation_result import expectationSuiteValidationResultSchema
    from great_expectations.render.renderer.page_renderer import ValidationResultsPageRenderer
    from great_expectations.render.view.view import DefaultJinjaPageView

    renderer: Any = ValidationResultsPageRenderer()
    document = renderer.render(expectationSuiteValidationResultSchema.load(result))
    view: Any = DefaultJinjaPageView()
    drawn: str = view.render(document)
    return LINK.sub(r"\1", FOREIGN.sub("", drawn)).replace("</head>", f"{STYLE}</head>", 1)
