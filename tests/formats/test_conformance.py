"""The shared captures of real routers, decoded in process and compared as their own scorer compares them."""

import contextlib
import csv
import importlib.util
import io
import json
from pathlib import Path
from typing import Any

import pytest

from orchestration.commands.decode import decode_command

SHARED = Path(__file__).parents[3] / "shared" / "conformance"


def cases() -> list[dict[str, str]]:
    table = SHARED / "CASES.tsv"
    if not table.exists():
        return []
    with table.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def scorer() -> Any:
    if not (SHARED / "score.py").exists():
        pytest.skip("../shared/conformance is not beside the project; it holds the captures and their scorer")
    spec = importlib.util.spec_from_file_location("score", SHARED / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def decoded(files: list[Path], out: Path) -> tuple[int, str, str]:
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        status = decode_command(files, None, "ndjson", out)
    return status, out.read_text(encoding="utf-8") if out.exists() else "", said.getvalue()


def test_every_shared_case_is_right(scorer: Any, tmp_path: Path) -> None:
    wrong = {}
    for number, case in enumerate(cases()):
        files = [SHARED / name for name in case["files_in_order"].split(" ")]
        expected = json.loads((SHARED / f"{case['case']}.expected.json").read_text(encoding="utf-8"))
        reasons = scorer.compare(expected, *decoded(files, tmp_path / f"{number}.ndjson"))
        if reasons:
            wrong[case["case"]] = reasons
    assert wrong == {}
    assert len(cases()) == 133
