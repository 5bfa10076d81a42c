"""Writing the demo's exports: a file a day and router where its collector puts it, and both truths beside them.

Belongs here: files, processes and whether they are current. Does not belong here: what is in them.
"""

import gzip
import hashlib
import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from assets.ground.addresses import sixteen_bytes
from assets.operator import load_operator
from demo import addresses, truth
from demo.exports import export_day
from demo.flows import Flows, day_after, draw, moved_by_outage
from demo.scenario import SCENARIO, Router, Scenario
from demo.wire import PCAP_HEADER, RouterClock

EXPORTS = "exports"
CURRENT = "fingerprint.txt"
# Rows repeat themselves: more effort makes them little smaller, and the demo noticeably slower.
COMPRESSION_LEVEL = 1
SUFFIXES = {".pcap", ".json", ".gz"}


@dataclass(frozen=True)
class ExportsWritten:
    """What there is: days, files, their records of boundary traffic, their bytes; `is_current` if it was there."""

    days: int
    files: int
    records: int
    bytes: int
    is_current: bool


def write_operator_exports(
    operator_folder: Path, on_progress: Callable[[int, int], None] | None = None, scenario_file: Path = SCENARIO
) -> ExportsWritten:
    """Write the exports below `operator_folder`/exports, unless they are there as the scenario wants them.

    `on_progress` is told how many of how many files are done. A killed run leaves nothing that looks complete: the
    folder takes its place when all of it is written.
    """
    folder = operator_folder / EXPORTS
    wanted = _fingerprint(operator_folder, scenario_file)
    if (folder / CURRENT).exists() and (folder / CURRENT).read_text(encoding="utf-8") == wanted:
        return _described(operator_folder, is_current=True)
    writing = operator_folder / f".{EXPORTS}.writing"
    shutil.rmtree(writing, ignore_errors=True)
    scenario = read_scenario(operator_folder, scenario_file)
    total = len(scenario.routers) * len(scenario.days)
    truths, done = {}, 0
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting = {
            pool.submit(_write_router, operator_folder, scenario_file, writing, router.name): router
            # Rows take longest to write: last, they would keep one process waiting.
            for router in sorted(scenario.routers, key=lambda one: not one.is_filed_as_rows)
        }
        for finished in as_completed(waiting):
            truths[waiting[finished].name] = finished.result()
            done += len(scenario.days)
            if on_progress is not None:
                on_progress(done, total)
    truth.write(writing / truth.FOLDER, [(router, truths[router.name]) for router in scenario.routers])
    (writing / CURRENT).write_text(wanted, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    writing.rename(folder)
    return _described(operator_folder, is_current=False)


def read_scenario(operator_folder: Path, scenario_file: Path = SCENARIO) -> Scenario:
    """The scenario with the operator folder's routers placed in their regions."""
    operator = load_operator(operator_folder)
    region_of_site = {site.site: site.region for site in operator.sites}
    return Scenario.read(
        regions={one.name: region_of_site[one.site] for one in operator.exporters if one.site},
        exporters={one.name: sixteen_bytes(one.exporter) for one in operator.exporters},
        path=scenario_file,
    )


def _write_router(operator_folder: Path, scenario_file: Path, writing: Path, name: str) -> truth.Truth:
    """All days of one router, in order, since its clock and sequence numbers go on from day to day."""
    scenario = read_scenario(operator_folder, scenario_file)
    router = next(one for one in scenario.routers if one.name == name)
    asns = np.array([network.asn or 0 for network in scenario.networks], np.uint32)
    clock, router_truth = RouterClock(round(router.booted_at.timestamp() * 1000)), truth.Truth()
    late: list[bytes] = []
    for day, flows in _flows_by_day(scenario, router):
        made = export_day(scenario, router, flows, asns, day, clock)
        router_truth.add(scenario, router, flows, made.lost, day)
        _write_file(writing, router, day, late + made.filed, is_newest=False)
        late = made.last_filed
    _write_file(writing, router, day_after(scenario.last_day), late, is_newest=True)
    return router_truth


def _flows_by_day(scenario: Scenario, router: Router) -> Iterator[tuple[date, Flows]]:
    """The flows that a router carries each day: its own but for an outage, and its neighbour's in that one's."""
    announced, outage = addresses.Announced(), scenario.written["outage"]
    own = addresses.own_addresses()
    pools = {
        number: announced.pool(scenario, network, router.region) for number, network in enumerate(scenario.networks)
    }
    for day in scenario.days:
        flows, _ = moved_by_outage(scenario, draw(scenario, router, pools, own, day), router.name, day)
        if router.name == outage["neighbour"] and day == outage["day"]:
            down = next(one for one in scenario.routers if one.name == outage["router"])
            _, moved = moved_by_outage(scenario, draw(scenario, down, pools, own, day), down.name, day)
            flows = Flows.together([flows, moved])
        yield day, flows


def _write_file(writing: Path, router: Router, day: date, filed: list[bytes], *, is_newest: bool) -> None:
    """A collector that writes rows compresses its files a day later, all but the newest."""
    path = writing / router.file.replace("{date}", day.isoformat())
    content = b"".join(filed) if router.is_filed_as_rows else PCAP_HEADER + b"".join(filed)
    if router.is_filed_as_rows and not is_newest:
        path, content = path.with_name(f"{path.name}.gz"), gzip.compress(content, COMPRESSION_LEVEL, mtime=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _described(operator_folder: Path, *, is_current: bool) -> ExportsWritten:
    files = [path for path in (operator_folder / EXPORTS).rglob("*") if path.suffix in SUFFIXES]
    observed = truth.observed(operator_folder)
    return ExportsWritten(
        days=len({file.parent.name for file in files}),
        files=len(files),
        records=int(pc.sum(observed["records"]).as_py()),
        bytes=sum(file.stat().st_size for file in files),
        is_current=is_current,
    )


def _fingerprint(operator_folder: Path, scenario_file: Path) -> str:
    """Of all that the exports are made from: scenario, code, operator folder and snapshot."""
    made_from = [
        scenario_file,
        addresses.SNAPSHOT,
        *sorted(Path(__file__).parent.glob("*.py")),
        *sorted(operator_folder.glob("*.csv")),
    ]
    digest = hashlib.sha256(np.__version__.encode())
    for path in made_from:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
