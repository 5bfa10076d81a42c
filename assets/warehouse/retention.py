"""retention/let_go: every day, what is older than `retention_days` keeps goes, and what went is told.

Belongs here: exports, addresses and freed blocks in their order, and the asset. Does not belong here: what becomes of a
day's exports (assets.warehouse.export_retention) or addresses (assets.warehouse.address_retention).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import dagster as dg

from assets.exports.operator_here import operator_of
from assets.ground.workspace import Workspace
from assets.operator.model import RetentionDays
from assets.warehouse.address_retention import Retired, by_whole_quarters, retire
from assets.warehouse.database import OneRun, Say, say_on_stderr, writing
from assets.warehouse.export_retention import ExportsLetGo, let_exports_go
from assets.warehouse.freed_blocks import has_freed_blocks, rewrite

KEY = ("retention", "let_go")
BUILD_FIRST = "run `netstats build`; what is then due goes the next day, or with `netstats retire`"
SET_KEY = (
    "set NETSTATS_HASHING_KEY to 32 or more random hexadecimal digits (`openssl rand -hex 32`) where the UI is started"
)


@dataclass(frozen=True)
class Retaining:
    """Which day it is, and the key of hashes; None where the environment has none."""

    today: Callable[[], date]
    key: Callable[[], bytes | None]


@dataclass(frozen=True)
class LetGo:
    """What became of exports and of addresses."""

    exports: ExportsLetGo
    addresses: Retired

    @property
    def left(self) -> list[str]:
        """What is due and was left, a line each with its remedy."""
        found = {
            "exports left, since core does not hold them as they are": (self.exports.not_in_core, BUILD_FIRST),
            "addresses left, since their sketches are not current": (self.addresses.without_sketch, BUILD_FIRST),
            "addresses left, since there is no key to hash them with": (self.addresses.without_key, SET_KEY),
        }
        return [f"{what}: {days_told(days)}; {remedy}" for what, (days, remedy) in found.items() if days]


def apply(
    workspace: Workspace, asked: RetentionDays, *, on: date, key: bytes | None, say: Say = say_on_stderr
) -> LetGo:
    """Let go of what is due on a day: exports, then addresses, then the file that held them.

    Exports hold addresses, and are therefore kept no longer than these. Each step completes what a killed run began.
    Whoever has the working database open is waited for, before anything goes.
    """
    retention = by_whole_quarters(asked, on)
    kept_days = min(retention.exports, retention.addresses)
    # Nothing is let go under a reader, who would find exports gone that core still names.
    with writing(workspace.warehouse, say):
        pass
    exports = let_exports_go(workspace, before=on - timedelta(days=kept_days))
    addresses = retire(workspace, retention, today=on, key=key)
    if has_freed_blocks(workspace.warehouse):
        rewrite(workspace.warehouse)
    return LetGo(exports, addresses)


def days_told(days: list[date]) -> str:
    return f"{len(days)} export days, {days[0]} to {days[-1]}" if days else "none"


def define(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """The asset retention/let_go, which holds nothing: its metadata tell what went."""

    @dg.asset(
        key=dg.AssetKey(KEY),
        group_name="retention",
        kinds={"parquet", "duckdb"},
        description="Exports, addresses and hashes that are older than retention_days keeps are let go, and told.",
    )
    def let_go(context: dg.AssetExecutionContext, retaining: dg.ResourceParam[Retaining]) -> dg.MaterializeResult[None]:
        settings = operator_of(workspace).settings
        # Nobody's privacy asks for it, and the days of a simulation lie where its author put them.
        if settings.is_simulated or not workspace.warehouse.exists():
            why = "the operator is simulated" if settings.is_simulated else "no traffic is built yet"
            return dg.MaterializeResult(metadata={"left": f"all: {why}"})
        with OneRun(workspace.warehouse).held(f"run {context.run.run_id}", context.log.warning):
            asked, today = settings.retention_days, retaining.today()
            gone = apply(workspace, asked, on=today, key=retaining.key(), say=context.log.warning)
        for line in gone.left:
            context.log.warning(line)
        if gone.addresses.without_key:
            raise dg.Failure("; ".join(gone.left), metadata=dict(_metadata(gone)), allow_retries=False)
        return dg.MaterializeResult(metadata=dict(_metadata(gone)))

    return [let_go]


def _metadata(gone: LetGo) -> Iterator[tuple[str, Any]]:
    yield "exports_let_go", days_told(gone.exports.days)
    yield "files_deleted", gone.exports.files
    yield "file_bytes_deleted", gone.exports.file_bytes
    yield "addresses_hashed", days_told(gone.addresses.hashed)
    yield "hashes_dropped", days_told(gone.addresses.dropped)
    yield "left", "\n".join(gone.left) or "none"
