"""What a reader can take away of a chart: its data as CSV and Parquet, its figure as JSON.

Belongs here: their bytes and paths. Does not belong here: pictures (_pictures), which data a chart has.
"""

import io
import json
from collections.abc import Mapping

from assets.reports.charts._chart import IS_SIMULATED, Drawing, Table
from assets.reports.charts._footer import Footer
from assets.reports.charts._theme import described


def data_paths(slug: str) -> dict[str, str]:
    """Where a chart's data lie in the bundle, by kind."""
    return {"csv": f"data/{slug}.csv", "parquet": f"data/{slug}.parquet", "json": f"data/{slug}.figure.json"}


def downloads_of(slug: str, drawing: Drawing, footer: Footer, *, is_simulated: bool) -> dict[str, bytes]:
    """A chart's data and figure by their paths in the bundle."""
    paths = data_paths(slug)
    about = {"title": drawing.title, "units": drawing.units, **{name.lower(): text for name, text in footer.lines}}
    return {
        paths["csv"]: drawing.data.csv(is_simulated=is_simulated).encode(),
        paths["parquet"]: _parquet(drawing.data, about, is_simulated=is_simulated),
        paths["json"]: _figure(drawing, about, is_simulated=is_simulated),
    }


def _parquet(data: Table, about: Mapping[str, str], *, is_simulated: bool) -> bytes:
    """The table as Parquet; what stands around the chart is in the file's metadata."""
    import pyarrow as pa
    from pyarrow import parquet

    columns = {name: pa.array([row[place] for row in data.rows]) for place, name in enumerate(data.columns)}
    columns[IS_SIMULATED] = pa.array([is_simulated] * len(data.rows), pa.bool_())
    table = pa.table(columns).replace_schema_metadata(dict(about))
    written = io.BytesIO()
    parquet.write_table(table, written, compression="zstd")
    return written.getvalue()


def _figure(drawing: Drawing, about: Mapping[str, str], *, is_simulated: bool) -> bytes:
    """The figure as plotly reads it: `data` and `layout`, with what stands around it under `meta`."""
    drawn = described(drawing.figure, is_simulated=is_simulated)
    drawn["layout"]["meta"] = {**about, "alternative_text": drawing.alternative_text}
    text = json.dumps(drawn, sort_keys=True, indent=1, allow_nan=False, ensure_ascii=False)
    return f"{text}\n".encode()
