"""What the Dagster UI shows of a quarter's reports: where they lie, what they find, a picture, how many rows.

Belongs here: metadata of what has been written. Does not belong here: writing it (one module an asset).
"""

from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import pyarrow.parquet as pq

from assets.ground.markdown import markdown_table

if TYPE_CHECKING:
    from assets.reports.charts import BundleSummary

Shown = Mapping[str, dg.MetadataValue[Any]]
# The first chart of the page; those without a Chromium have none.
PICTURE = Path("pictures") / "monthly-traffic-wide.svg"
MOST_SENTENCES = 12


def of_drawn(summary: "BundleSummary") -> Shown:
    """What a bundle that was drawn finds: the figures on top, and each chart's title."""
    rows = [(chart.name, chart.title, chart.rows) for chart in summary.charts]
    return {
        "headlines": dg.MetadataValue.md(_items(summary.headlines)),
        "findings": dg.MetadataValue.md(markdown_table(("chart", "finding", "rows"), rows)),
        "files": dg.MetadataValue.int(summary.files),
        "bytes": dg.MetadataValue.int(summary.size_bytes),
    }


def of_published(folder: Path) -> Shown:
    """Where a quarter's report lies, and its first picture."""
    shown: dict[str, dg.MetadataValue[Any]] = {
        "page": dg.MetadataValue.path(folder / "index.html"),
        "explore": dg.MetadataValue.path(folder / "explore.html"),
    }
    picture = folder / PICTURE
    if not picture.exists():
        return shown
    encoded = b64encode(picture.read_bytes()).decode()
    return {**shown, "picture": dg.MetadataValue.md(f"![{picture.stem}](data:image/svg+xml;base64,{encoded})")}


def of_comparison(page: Path, sentences: list[str]) -> Shown:
    """Where a quarter's comparison lies, and how it begins."""
    return {
        "page": dg.MetadataValue.path(page),
        "preview": dg.MetadataValue.md(_items(sentences[:MOST_SENTENCES])),
        "sentences": dg.MetadataValue.int(len(sentences)),
    }


def of_release(folder: Path) -> Shown:
    """Where a quarter's dataset lies, and the rows of its tables."""
    rows = [(path.stem, pq.read_metadata(path).num_rows) for path in sorted((folder / "data").glob("*.parquet"))]
    return {
        "package": dg.MetadataValue.path(folder / "datapackage.json"),
        "tables": dg.MetadataValue.md(markdown_table(("table", "rows"), rows)),
        "dagster/row_count": dg.MetadataValue.int(sum(count for _, count in rows)),
    }


def _items(texts: tuple[str, ...] | list[str]) -> str:
    return "\n".join(f"- {text}" for text in texts).replace("<", "\\<")
