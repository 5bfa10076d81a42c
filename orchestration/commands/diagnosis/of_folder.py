"""What is found in the operator folder itself, once it is valid.

Belongs here: settings and rows that look like nobody decided them. Does not belong here: what is not valid
(assets.operator), exports.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from assets.operator import Operator, addresses
from assets.operator.document import read_document
from assets.operator.notes import suggested_rows
from assets.operator.problems import Problems
from orchestration import resources
from orchestration.commands.diagnosis.finding import NOTE, WARNING, Finding, listed
from orchestration.commands.newest_exports import how_to_date

DEMO = resources.PROJECT / "operators" / resources.DEFAULT_OPERATOR
COPIED = {
    "name": "write the network's own",
    "own_asns": "write the network's own",
    "contact": "write an address of your own: registries are told who asks",
    "retention_days": "decide how long you keep what, or take the key out, which keeps addresses for 200 days",
    "suppression": "take the key out: the demo's switches off what keeps single hosts and networks out of the report",
}


def findings(operator: Operator) -> Iterator[Finding]:
    """Findings of a valid folder."""
    yield Finding(NOTE, "folder", f"operator {operator.name}: valid ({operator.folder})")
    yield Finding(
        NOTE,
        "folder",
        f"{len(operator.exporters)} exporters at {len(operator.sites)} sites, {len(operator.interfaces)} interfaces, "
        f"{len(operator.own_prefixes)} own prefixes, {len(operator.overrides)} overrides",
    )
    yield from _copied(operator)
    yield from _suppression(operator)
    yield from _suggested(operator)
    yield from _addresses(operator)
    if without_site := [one.name for one in operator.exporters if one.site is None]:
        what = f"exporters.csv: without a site, and so without a region: {listed(without_site)}"
        yield Finding(WARNING, "site", what, "write one of sites.csv")
    without_role = sum(interface.role is None for interface in operator.interfaces)
    if without_role:
        what = f"{without_role} interfaces have no role: own prefixes decide the direction of their traffic"
        yield Finding(NOTE, "roles", what)


def _document(folder: Path) -> Mapping[object, object]:
    return read_document(Problems(folder)) or {}


def _copied(operator: Operator) -> Iterator[Finding]:
    """Keys that say the same as the demo's, of an operator that is not the demo."""
    if operator.folder.resolve() == DEMO.resolve():
        return
    own, demo = _document(operator.folder), _document(DEMO)
    if operator.is_simulated:
        what = "operator.yaml, key simulated: is true, and every page will say so"
        yield Finding(WARNING, "simulated", what, "write false if these are a network's own exports")
    for key, remedy in COPIED.items():
        if own.get(key) and own.get(key) == demo.get(key):
            yield Finding(WARNING, key, f"operator.yaml, key {key}: is the demo's, {own[key]}", remedy)


def _suppression(operator: Operator) -> Iterator[Finding]:
    """Limits that are switched off, but where it is told already that they are the demo's."""
    own = _document(operator.folder).get("suppression")
    if operator.is_simulated or (own and own == _document(DEMO).get("suppression")):
        return
    limits = operator.settings.suppression
    off = {
        "minimum_unique_ips": limits.minimum_unique_ips,
        "maximum_share_of_one_network": limits.maximum_share_of_one_network,
    }
    for key, limit in off.items():
        if limit == 1:
            what = f"operator.yaml, key suppression.{key}: is 1, which switches it off"
            yield Finding(WARNING, "suppression", what, "take the key out, unless single hosts may be shown")


def _suggested(operator: Operator) -> Iterator[Finding]:
    for file, rows in groupby(suggested_rows(operator.folder), key=lambda one: one.file):
        numbers = [str(one.row) for one in rows]
        said = f"row {numbers[0]} is" if len(numbers) == 1 else f"rows {listed(numbers, 10)} are"
        remedy = "look, and take the mark out of the column note where it is right"
        yield Finding(WARNING, "suggested", f"{file}: {said} still marked suggested", remedy)


def _addresses(operator: Operator) -> Iterator[Finding]:
    for source in operator.flow_sources:
        if not addresses.is_dated(source.address):
            what = (
                f"flow_sources {source.address}: tells no day: all files count for the first day built after they came"
            )
            yield Finding(WARNING, "undated_source", what, how_to_date(str(operator.folder / source.address)))
