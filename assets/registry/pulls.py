"""Pulling the registries that an operator uses, and keeping their tables in the lake by the date of their snapshot.

Belongs here: which sources are used, from where, and what is in force after a pull. Does not belong here: fetching and
refusing (assets.registry.sources), or what is made of the tables (registry_tables).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa

from assets.ground.lake import Lake, Partition, fingerprint_of, fingerprint_of_files
from assets.ground.workspace import Workspace
from assets.operator import Operator
from assets.registry.fetch import REMOTE, Fetcher
from assets.registry.snapshots import Outcome, Pull, Snapshot, confirmed_on, pull, read_snapshot
from assets.registry.source import Source
from assets.registry.sources import sources

DEFAULT_SOURCES = ("iptoasn", "ipverse", "ip_to_asn")
"""Origins, then the names of organisations, which iptoasn's handles do not tell; all may be passed on."""
STAND_IN, STOOD_IN_FOR = "ip_to_asn", "iptoasn"
ALWAYS = ("special_purpose",)
BUNDLED, ABSENT = "bundled", "absent"
CODE = Path(__file__).parent


@dataclass(frozen=True)
class Pulling:
    """Which day it is when registries are pulled, and who fetches for an operator."""

    today: Callable[[], date]
    fetcher: Callable[[Operator], Fetcher]


@dataclass(frozen=True)
class InForce:
    """A source in use, which of its snapshots is in force (None: none), and what became of the last pull.

    `outcome` is that of the pull, or `bundled` where there is nothing to pull; `reason` says why a pull was refused or
    failed; `confirmed_on` is the last day on which the source still published what is in force.
    """

    source: Source
    as_of: date | None
    outcome: str
    reason: str | None = None
    confirmed_on: date | None = None

    @property
    def is_at_fault(self) -> bool:
        return self.outcome in {Outcome.REFUSED, Outcome.FAILED, ABSENT}

    @property
    def state(self) -> str:
        """What is in force, in words."""
        return f"in force since {self.as_of}" if self.as_of else "no snapshot yet, left out of the plan"


def code_of_registries() -> str:
    """The code that reads registries and puts them together: what it made is made again when it changes."""
    return fingerprint_of_files(CODE.rglob("*.py"))


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
    return [_credited(known[name], operator) for name in dict.fromkeys(named)]


def _credited(source: Source, operator: Operator) -> Source:
    """The source with the origins and licences that the operator tells of what lies at its addresses."""
    entries = [one for one in operator.registries if one.name == source.name]
    origins = "; ".join(dict.fromkeys(one.origin for one in entries if one.origin))
    licences = "; ".join(dict.fromkeys(one.licence for one in entries if one.licence))
    own = source.origin
    addresses_named = replace(
        own, producer=origins or own.producer, citation=origins or own.citation, licence=licences or own.licence
    )
    return replace(source, origin=addresses_named)


def accepted_shrunken(operator: Operator, named: Collection[str]) -> frozenset[str]:
    """The sources whose loss is accepted; ValueError if one of them is not in use, since nothing would be accepted."""
    used = [source.name for source in sources_in_use(operator)]
    unknown = sorted(set(named) - set(used))
    if unknown:
        raise ValueError(f"accept shrunken {', '.join(unknown)}: not in use; in use are {', '.join(used)}")
    return frozenset(named)


def in_use(operator: Operator, held: Sequence[InForce]) -> list[InForce]:
    """Those with a snapshot; without the bundled stand-in once what it stands in for has been pulled."""
    has_snapshot = [one for one in held if one.as_of is not None]
    if operator.registries or STOOD_IN_FOR not in {one.source.name for one in has_snapshot}:
        return has_snapshot
    return [one for one in has_snapshot if one.source.name != STAND_IN]


def addresses_of(operator: Operator, source: Source, today: date) -> tuple[str, ...]:
    """Where the operator says that a source is, files beside operator.yaml included; none: where the source says."""
    addresses_named = [
        one.address for one in operator.registries if one.name == source.name and one.address is not None
    ]
    dated = [address.replace("{date}", today.isoformat()) for address in addresses_named]
    return tuple(
        address if REMOTE.match(address) else str(operator.folder / address.removeprefix("file://"))
        for address in dated
    )


def date_of(operator: Operator, source: Source) -> date | None:
    """The day of which the operator says that a source is; the oldest, if it has several addresses."""
    return min((one.dated for one in operator.registries if one.name == source.name and one.dated), default=None)


def bring(
    workspace: Workspace, operator: Operator, source: Source, pulling: Pulling, accept_shrunken: Collection[str] = ()
) -> InForce:
    """Pull a source, and keep the tables of the snapshot that is then in force; a pull that fails changes nothing.

    A table that lost more than a fifth is refused, unless its source is one of `accept_shrunken`.
    """
    today = pulling.today()
    addresses = addresses_of(operator, source, today)
    if not addresses and not source.addresses and source.bundled_as_of is not None:
        return _keep(workspace.lake, _bundled(source, BUNDLED), None)
    root = workspace.registry_snapshots
    accepted, on = source.name in accept_shrunken, date_of(operator, source)
    pulled = pull(source, root, today, pulling.fetcher(operator), addresses, accept_shrunken=accepted, on=on)
    return _keep(workspace.lake, _in_force(source, pulled, root), pulled.in_force)


def _in_force(source: Source, pulled: Pull, root: Path) -> InForce:
    snapshot = pulled.in_force
    if snapshot is not None:
        return InForce(source, snapshot.as_of, pulled.outcome, pulled.reason, confirmed_on(root, snapshot))
    if source.bundled_as_of is not None:
        return _bundled(source, pulled.outcome, pulled.reason)
    return InForce(source, None, ABSENT, pulled.reason)


def _bundled(source: Source, outcome: str, reason: str | None = None) -> InForce:
    return InForce(source, source.bundled_as_of, outcome, reason, source.bundled_as_of)


def _keep(lake: Lake, held: InForce, snapshot: Snapshot | None) -> InForce:
    """Write the source's tables under the snapshot's date, unless they are there as this code reads them."""
    if held.as_of is None:
        return held
    files = [file.sha256 for file in snapshot.files] if snapshot else fingerprint_of_files(held.source.bundled)
    made_of = fingerprint_of(held.source.name, held.as_of, files, code_of_registries())
    partition = Partition("as_of", held.as_of)
    keys = {table: ("registry", snapshot_name(held.source, table)) for table in held.source.tables}
    if all(lake.fingerprint(key, partition) == made_of for key in keys.values()):
        return held
    tables = read_snapshot(held.source, snapshot)
    for table, key in keys.items():
        lake.write(key, tables[table], fingerprint=made_of, partition=partition)
    return held


def snapshot_name(source: Source, table: str) -> str:
    """`registry/<source>` holds its main table; a second one says what it is."""
    return source.name if table == source.tables[0] else f"{source.name}_{table}"


def tables_of(lake: Lake, in_force: Mapping[str, date], used: Sequence[Source], table: str) -> list[pa.Table]:
    """One table of all sources that have it, in the order of the operator, each from its snapshot in force."""
    return [
        lake.read(("registry", snapshot_name(source, table)), Partition("as_of", in_force[source.name]))
        for source in used
        if table in source.tables and source.name in in_force
    ]


def made_from(lake: Lake, in_force: Mapping[str, date], used: Sequence[Source]) -> list[object]:
    """What the tables of the snapshots in force were made from, in the order in which the sources answer."""
    return [
        (
            source.name,
            lake.fingerprint(
                ("registry", snapshot_name(source, source.tables[-1])), Partition("as_of", in_force[source.name])
            ),
        )
        for source in used
        if source.name in in_force
    ]
