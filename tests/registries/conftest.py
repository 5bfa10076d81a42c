"""What tests of pulling share: a server that answers well and badly, a fetcher that does not wait, and Dagster."""

import random
import re
import shutil
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol, cast

import dagster as dg
import pytest

from assets.ground.partitions import Calendar
from assets.ground.progress import SilentProgress
from assets.ground.workspace import Workspace
from assets.registry import sources as registries
from assets.registry import tables as registry_tables
from assets.registry.fetch import Fetcher, Patience, user_agent
from assets.registry.in_force import PULLS
from assets.registry.pulls import Pulling
from assets.registry.source import Source
from tests.registries.server import Server, running_server

PROJECT = Path(__file__).parents[2]
OPERATOR = PROJECT / "tests" / "operators" / "real_exports"


class Pull(Protocol):
    """Make the registries on a day; what became of each source."""

    def __call__(self, today: date, accept_shrunken: Sequence[str] = ()) -> dict[str, dict[str, Any]]: ...


@pytest.fixture
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the fetcher would have waited."""
    return []


@pytest.fixture
def fetcher(waits: list[float]) -> Fetcher:
    return Fetcher(
        user_agent=user_agent("Example Networks", "noc@example.net"),
        patience=Patience(attempts=3, first_wait_s=2, longest_wait_s=60),
        sleep=waits.append,
        chance=random.Random(1),
        opener=urllib.request.build_opener(urllib.request.ProxyHandler({})),
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    shutil.copytree(OPERATOR, tmp_path / "operator")
    (tmp_path / "state").mkdir()
    return Workspace(tmp_path / "operator", tmp_path / "state", PROJECT / "dbt_project", Calendar(date(2025, 11, 10)))


@pytest.fixture
def pull(workspace: Workspace, fetcher: Fetcher) -> Pull:
    def run(today: date, accept_shrunken: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
        made_before = [dg.AssetSpec(["operator", name]) for name in ("own_prefixes", "overrides")]
        config = {"config": {"accept_shrunken": list(accept_shrunken)}}
        ran = dg.materialize(
            [*registry_tables.define(workspace), *made_before],
            resources={"progress": SilentProgress(), "pulling": Pulling(lambda: today, lambda _: fetcher)},
            run_config={"ops": {"registry_snapshots": config}},
        )
        assert ran.success
        return {row["source"]: row for row in workspace.lake.read(PULLS).to_pylist()}

    return run


def default_address(monkeypatch: pytest.MonkeyPatch, address: str, source: str = "iptoasn") -> None:
    """Have a default source pulled from an address of the test's server where none is named."""
    known = registries.sources()
    monkeypatch.setitem(cast(dict[str, Source], known), source, replace(known[source], addresses=(address,)))


def names(workspace: Workspace, *sources: tuple[str, str | None]) -> None:
    """Write which registries the operator names, and from where; none: the default ones."""
    path = workspace.operator_folder / "operator.yaml"
    told = "".join(
        f"  - name: {name}\n" + (f"    address: {address}\n" if address else "") for name, address in sources
    )
    text = path.read_text(encoding="utf-8")
    written = re.sub(r"registries:\n(?:  .*\n)+", f"registries:\n{told}" if told else "", text)
    path.write_text(written, encoding="utf-8")
