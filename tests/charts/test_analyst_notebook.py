"""The notebook for analysts: its code cells run in order on a published database; it is committed without outputs."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "analyst.ipynb"
CELLS = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]


def run(database: Path) -> dict[str, Any]:
    """What the names of the notebook hold after its last cell."""
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("NETSTATS_PUBLISHED", str(database))
        for cell in CELLS:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), f"analyst.ipynb, cell {cell['id']}", "exec"), names)
    return names


def test_its_cells_run_in_order(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of the usual scenario: 78,000 Tbit in Q4, of which hyperscalers are 18.0%, and other clouds 49.6%."""
    names = run(database)
    assert names["quarter"] == "2025Q4" and names["heading"] == "Demo Storage, 2025Q4 (simulated)"
    bars = dict(zip(names["types_figure"].data[0].y, names["types_figure"].data[0].x, strict=True))
    assert len(bars) == 8 and bars["Hyperscaler"] == pytest.approx(78 * 0.18)
    assert [len(line.x) for line in names["months_figure"].data] == [5] * 8
    assert len(names["magnitude_figure"].data[0].x) == 8
    shown = capsys.readouterr().out
    assert "partial quarter" in shown and "61" in shown
    names["marts"].close()


def test_what_is_withheld_is_no_bar(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "network_stats.duckdb"
    copy.write_bytes(database.read_bytes())
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "update marts.network_type_quarterly set bits = null, magnitude = null, is_suppressed = true "
            "where network_type = 'cdn'"
        )
    names = run(copy)
    assert "CDN" not in names["types_figure"].data[0].y and len(names["types_figure"].data[0].y) == 7
    names["marts"].close()


def test_it_is_committed_without_outputs() -> None:
    code = [cell for cell in CELLS if cell["cell_type"] == "code"]
    assert code and all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert len({cell["id"] for cell in CELLS}) == len(CELLS)
