"""What is found in the registries: how old they are, what failed, and own prefixes that they know and the folder lacks.

Belongs here: registries in force. Does not belong here: pulling them, types of networks (unclassified).
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date

import pyarrow.compute as pc

from assets.exports.survey import collapsed
from assets.ground.addresses import bounds, sixteen_bytes
from assets.ground.workspace import Workspace
from assets.operator import Operator
from assets.registry import announcements as registry_announcements
from assets.registry.in_force import PULLS
from assets.registry.pulls import ALWAYS, STAND_IN
from assets.registry.sources import sources
from orchestration.commands.diagnosis.finding import NOTE, WARNING, Finding, listed

OLD_AFTER_DAYS = 92
PULL = "run `netstats registries`"


def findings(workspace: Workspace, operator: Operator, today: date) -> Iterator[Finding]:
    """Findings of the registries that are in force, or would be in a first build."""
    lake = workspace.lake
    pulls = lake.read(PULLS).to_pylist() if lake.path(PULLS).exists() else []
    used = [row for row in pulls if row["is_used"] and row["source"] not in ALWAYS]
    if all(row["source"] == STAND_IN for row in used):
        bundled = sources()[STAND_IN].read_bundled()["prefix_origins"]
        known = pc.count_distinct(bundled["origin_as"]).as_py()
        what = f"only the bundled table tells who holds addresses: {known} networks, as of {bundled['as_of'][0]}"
        yield Finding(WARNING, "bundled_registry", what, f"{PULL}: it pulls iptoasn, or what operator.yaml names")
    else:
        names = listed([f"{row['source']} of {row['as_of']}" for row in used], 20)
        yield Finding(NOTE, "registries", f"registries in force: {names}")
    for row in pulls:
        if row["is_at_fault"]:
            what = f"registry {row['source']}: {row['outcome']} ({row['reason']})"
            yield Finding(WARNING, "registry_failed", what, f"mend it, then {PULL}")
        confirmed = row["confirmed_on"] or row["as_of"]
        is_pulled = row in used and row["source"] != STAND_IN
        if is_pulled and confirmed is not None and (today - confirmed).days > OLD_AFTER_DAYS:
            what = f"registry {row['source']}: was last confirmed on {confirmed}, {(today - confirmed).days} days ago"
            yield Finding(WARNING, "old_registry", what, PULL)
    yield from _announced(workspace, operator)


def _announced(workspace: Workspace, operator: Operator) -> Iterator[Finding]:
    """Prefixes of the own AS numbers that lie outside of own_prefixes.csv."""
    if not operator.settings.own_asns:
        what = "operator.yaml names no own_asns"
        yield Finding(WARNING, "own_asns", what, "write the network's AS numbers, such as own_asns: [64496]")
        return
    origins = registry_announcements.origins_at_hand(workspace.lake)
    yield from _of_others(origins, operator)
    announced = registry_announcements.announced(origins, operator.settings.own_asns)
    own = sorted(bounds(one.prefix) for one in operator.own_prefixes)
    missing = [one for one in collapsed(list(announced)) if not _is_held(own, bounds(one))]
    if missing:
        what = f"own AS numbers announce what own_prefixes.csv lacks ({origins.source} of {origins.as_of}): "
        remedy = "add what is in use, for its traffic counts as transit"
        yield Finding(WARNING, "own_prefixes", what + listed([str(one) for one in missing]), remedy)


def _of_others(origins: registry_announcements.Origins, operator: Operator) -> Iterator[Finding]:
    """Own prefixes that another AS announces: traffic with that network counts as internal, or not at all."""
    own = set(operator.settings.own_asns)
    for one in operator.own_prefixes:
        asn = registry_announcements.origin_of(origins, sixteen_bytes(one.prefix[0]))
        if asn is not None and asn not in own:
            what = f"own_prefixes.csv: {one.prefix} is announced by AS{asn} ({origins.source} of {origins.as_of})"
            remedy = f"remove the prefix, or if it is yours, add {asn} to own_asns of operator.yaml"
            yield Finding(WARNING, "foreign_prefix", what, remedy)


def _is_held(own: Sequence[tuple[bytes, bytes]], wanted: tuple[bytes, bytes]) -> bool:
    """Whether one of some ranges, disjoint and in order, holds another one."""
    before = bisect_right(own, wanted[0], key=lambda held: held[0])
    return before > 0 and wanted[1] <= own[before - 1][1]
