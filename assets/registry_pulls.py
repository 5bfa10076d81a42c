"""Pulling the registries that an operator uses, and keeping their tables in the lake by the date of their snapshot.

Belongs here: which sources are used, from where, and what is in force after a pull. Does not belong here: fetching and
refusing (assets.registries), or what is made of the tables (registry_tables).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from assets.lake import Lake, Partition, fingerprint_of
from assets.operator_folder import Operator
from assets.registries import sources
from assets.registries._fetch import REMOTE, Fetcher
from assets.registries._registry import Source
from assets.registries._snapshots import Outcome, Pull, Snapshot, pull, read_snapshot
from assets.workspace import Workspace

DEFAULT_SOURCES = ("iptoasn", "ip_to_asn")
ALWAYS = ("special_purpose",)
BUNDLED, ABSENT = "bundled", "absent"


@dataclass(frozen=True)
class Pulling:
    """Which day it is when registries are pulled, and who fetches for an operator."""

    today: Callable[[], date]
    fetcher: Callable[[Operator], Fetcher]


@dataclass(frozen=True)
class InForce:
    """A source in use, which of its snapshots is in force (None: none), and what became of the last pull.

    `outcome` is that of the pull, or `bundled` where there is nothing to pull; `reason` says why a pull was refused or
    failed.
    """

    source: Source
    as_of: date | None
    outcome: str
    reason: str | None = None

    @property
    def is_at_fault(self) -> bool:
        return self.outcome in {Outcome.REFUSED, Outcome.FAILED, ABSENT}


def sources_in_use(operator: Operator) -> list[Source]:
    """The sources that the operator names, in that order, or the default ones."""
    named = [*([registry.name for registry in operator.registries] or DEFAULT_SOURCES), *ALWAYS]
    known = sources()
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise ValueError(
            f"{operator.folder}/operator.yaml, registries: no source is named {', '.join(unknown)}; "
            f"known are {', '.join(sorted(known))}"
        )
    return [known[name] for name in dict.fromkeys(named)]


def addresses_of(operator: Operator, source: Source, today: date) -> tuple[str, ...]:
    """Where the operator says that a source is, files beside operator.yaml included; none: where the source says."""
    told = [one.address for one in operator.registries if one.name == source.name and one.address is not None]
    dated = [address.replace("{date}", today.isoformat()) for address in told]
    return tuple(
        address if REMOTE.match(address) else str(operator.folder / address.removeprefix("file://"))
        for address in dated
    )


def bring(workspace: Workspace, operator: Operator, source: Source, pulling: Pulling) -> InForce:
    """Pull a source, and keep the tables of the snapshot that is then in force; a pull that fails changes nothing."""
    today = pulling.today()
    addresses = addresses_of(operator, source, today)
    if not addresses and not source.addresses and source.bundled_as_of is not None:
        return _keep(workspace.lake, InForce(source, source.bundled_as_of, BUNDLED), None)
    root = workspace.registry_snapshots
    pulled = pull(source, root, today, pulling.fetcher(operator), addresses)
    return _keep(workspace.lake, _in_force(source, pulled), pulled.in_force)


def _in_force(source: Source, pulled: Pull) -> InForce:
    if pulled.in_force is not None:
        return InForce(source, pulled.in_force.as_of, pulled.outcome, pulled.reason)
    if source.bundled_as_of is not None:
        return InForce(source, source.bundled_as_of, pulled.outcome, pulled.reason)
    return InForce(source, None, ABSENT, pulled.reason)


def _keep(lake: Lake, held: InForce, snapshot: Snapshot | None) -> InForce:
    """Write the source's tables under the snapshot's date, unless they are there."""
    if held.as_of is None:
        return held
    files = [file.sha256 for file in snapshot.files] if snapshot else [path.name for path in held.source.bundled]
    told = fingerprint_of(held.source.name, held.as_of, files)
    partition = Partition("as_of", held.as_of)
    keys = {table: ("registry", snapshot_name(held.source, table)) for table in held.source.tables}
    if all(lake.fingerprint(key, partition) == told for key in keys.values()):
        return held
    tables = read_snapshot(held.source, snapshot)
    for table, key in keys.items():
        lake.write(key, tables[table], fingerprint=told, partition=partition)
    return held


def snapshot_name(source: Source, table: str) -> str:
    """`registry/<source>` holds its main table; a second one says what it is."""
    return source.name if table == source.tables[0] else f"{source.name}_{table}"


def tables_of(lake: Lake, in_force: Mapping[str, date], used: list[Source], table: str) -> list[pa.Table]:
    """One table of all sources that have it, in the order of the operator, each from its snapshot in force."""
    return [
        lake.read(("registry", snapshot_name(source, table)), Partition("as_of", in_force[source.name]))
        for source in used
        if table in source.tables and source.name in in_force
    ]
