"""Faults of drawn pages: numbers, charts, what is withheld, and quarters that were not observed whole.

Belongs here: faults of checks.reports, and the pages that they are put into. Does not belong here: marts
(faults_of_networks).
"""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from marts_fixture import Scenario, write_marts

from assets.ground.quarters import Quarter
from assets.ground.workspace import Workspace
from assets.reports.bundles import drawn_folder, tell_drawn
from assets.reports.charts import render_bundle
from assets.warehouse.check_history import history_path, write_table
from assets.warehouse.published_marts import fingerprints_path
from tests.faults.fault import Fault, blocked
from tests.faults.good_world import Broken

Q4 = Quarter(2025, 4)
QUARTERS = (Q4.previous, Q4)


@cache
def drawn_once() -> TemporaryDirectory[str]:
    """The published marts of a small scenario, in which Q3 is partial, and the pages of both quarters."""
    kept = TemporaryDirectory()
    folder = Path(kept.name)
    database = write_marts(folder / "network_stats.duckdb", replace(Scenario(), withheld=(("cdn", "us-west"),)))
    with duckdb.connect(database) as marts:
        marts.execute("drop table marts.check_history")
        write_table(marts, history_path(folder / "published" / database.name))
        marts.execute(
            "update marts.region_network_type_quarterly set is_suppressed = true, bits = null, share_of_bits = null, "
            "relative_standard_error = null, relative_standard_error_upper = null, sampled_packets = null "
            "where region = 'us-west' and network_type = 'cdn'"
        )
    for quarter in QUARTERS:
        render_bundle(database, str(quarter), folder / str(quarter))
    return kept


def lay_pages(workspace: Workspace) -> None:
    """The pages as drawn in a workspace, and the marts that they are of as published."""
    made = Path(drawn_once().name)
    workspace.published.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made / "network_stats.duckdb", workspace.published)
    fingerprints_path(workspace.published).write_text(json.dumps({str(quarter): "one" for quarter in QUARTERS}))
    for quarter in QUARTERS:
        shutil.copytree(made / str(quarter), drawn_folder(workspace, quarter))
        tell_drawn(workspace, quarter)


def page(path: str, pattern: str, text: str) -> Callable[[Broken], None]:
    """A file of the drawn page of Q4 in which the first place of a pattern says something else."""

    def put(broken: Broken) -> None:
        lay_pages(broken.workspace)
        file = drawn_folder(broken.workspace, Q4) / path
        changed, times = re.subn(pattern, text, file.read_text(encoding="utf-8"), count=1, flags=re.DOTALL)
        assert times == 1, pattern
        file.write_text(changed, encoding="utf-8")

    return put


def marts(statement: str) -> Callable[[Broken], None]:
    """Published marts that say something else than when the pages were drawn."""

    def put(broken: Broken) -> None:
        lay_pages(broken.workspace)
        with duckdb.connect(broken.workspace.published) as database:
            database.execute(statement)

    return put


def without_data(broken: Broken) -> None:
    lay_pages(broken.workspace)
    (drawn_folder(broken.workspace, Q4) / "data" / "region-bits.csv").unlink()


FAULTS: tuple[Fault, ...] = (
    blocked(
        "a wrong number on top",
        page("index.html", r'<p class="figure">49\.6%', '<p class="figure">49.7%'),
        "reports.numbers_are_the_marts",
        "'quarter': '2025Q4'",
        "49.7% Other clouds",
        "49.6%",
    ),
    blocked(
        "a wrong number in a chart's data",
        page("data/region-bits.csv", r"(us-east,neocloud,)\d+", r"\g<1>17"),
        "reports.numbers_are_the_marts",
        "data of region_bits ['us-east', 'neocloud', '17']",
    ),
    blocked(
        "a page of other marts than those that are published",
        marts(
            "update marts.network_type_quarterly set bits = 2 * bits where network_type = 'cdn' and quarter = '2025Q4'"
        ),
        "reports.numbers_are_the_marts",
        "crossed the boundary in both directions",
    ),
    blocked(
        "a chart without alternative text",
        page("index.html", r'(<p id="region-bits-text">)[^<]+', r"\g<1>"),
        "reports.charts_are_whole",
        "'chart': 'region_bits', 'missing': 'alternative text'",
    ),
    blocked(
        "a chart without its footer",
        page("index.html", r'(<figure id="region-bits".*?)<dl class="provenance">.*?</dl>', r"\g<1>"),
        "reports.charts_are_whole",
        "'chart': 'region_bits', 'missing': 'footer'",
    ),
    blocked(
        "a chart without its data", without_data, "reports.charts_are_whole", "'chart': 'region_bits'", "data, table"
    ),
    blocked(
        "a chart that is not there",
        page("index.html", r'<figure id="traffic-flow".*?</figure>', ""),
        "reports.charts_are_whole",
        "'chart': 'traffic_flow', 'missing': 'figure, table, alternative text, footer'",
    ),
    blocked(
        "a withheld cell that has its number in the data",
        page("data/region-bits.csv", r"(us-west,cdn),,", r"\g<1>,12345,"),
        "reports.withheld_is_not_told",
        "'chart': 'region_bits'",
        "us-west",
    ),
    blocked(
        "a partial quarter that a comparison takes for whole",
        marts("update marts.quarter_over_quarter set level = 5, reasons = ['comparable'] where quarter = '2025Q4'"),
        "reports.windows_are_told",
        "'quarter': '2025Q4', 'observed': '2025Q3, 61 of 92 days'",
    ),
    blocked(
        "a partial quarter whose days are not told",
        page("index.html", r"\A.*\Z", "<p>Everything was observed.</p>"),
        "reports.windows_are_told",
        "2025Q3, 61 of 92 days",
    ),
)
