"""`netstats forget`: a range of addresses is taken out of everything that was made of exports, and looked for after.

Belongs here: the key, what is printed, and what can't be forgotten. Does not belong here: forgetting
(assets.warehouse.forgetting) and looking (assets.warehouse.address_search).
"""

from collections.abc import Iterator

import click

from assets.exports.operator_here import operator_of
from assets.ground.addresses import IPNetwork, parse_prefix, sixteen_bytes
from assets.ground.quarters import Quarter
from assets.ground.unfinished import remove_left_over
from assets.ground.workspace import Workspace
from assets.operator import OperatorError
from assets.warehouse.address_contract import UndeclaredColumn
from assets.warehouse.address_search import places_with
from assets.warehouse.database import OneRun
from assets.warehouse.forgetting import Forgotten, NotReadyError, days_that_hold, forget
from assets.warehouse.pseudonyms import Pseudonyms, RangeError
from assets.warehouse.retention import days_told
from orchestration import resources
from orchestration.commands.terminal import Lines, telling_errors
from orchestration.run_log import noting

NOT_OURS = (
    "not in reach: the exports at your sources, copies of the state and backups (delete or replace those made before "
    "now), and what comes from today on; take the range out of the sources first, or its next export is counted"
)
SHOWN = 20


def run(prefix: str, *, is_sure: bool) -> None:
    """Forget a range, and say what went, what stays and where it is still told; status 1 if it is."""
    with telling_errors(OperatorError, resources.SettingsError, NotReadyError, UndeclaredColumn):
        network = _network(prefix)
        workspace = resources.workspace_from_environment()
        operator = operator_of(workspace)
        key = resources.retaining().key()
        if not workspace.warehouse.exists():
            raise Lines(f"{workspace.warehouse}: no traffic is built yet, so nothing tells of {network}")
        resources.enter(workspace)
        resources.dbt_of(workspace)
        routers = [sixteen_bytes(one.exporter) for one in operator.exporters]
        with OneRun(workspace.warehouse).held("`netstats forget`"), noting(workspace.state, "netstats forget"):
            remove_left_over(workspace.state)
            _ask(workspace, network, is_sure=is_sure)
            forgotten = forget(workspace, network, key)
            found = places_with(workspace, network, routers)
    for line in _lines(forgotten):
        click.echo(line)
    if found:
        more = f", and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise Lines(f"still told: {'; '.join(found[:SHOWN])}{more}; delete these files, or report it")
    click.echo(f"looked through {workspace.state}: nothing of it tells an address of {network} any more")


def _network(prefix: str) -> IPNetwork:
    try:
        network = parse_prefix(prefix)
        Pseudonyms(network)
    except RangeError as error:
        raise Lines(str(error)) from error
    except ValueError as error:
        raise Lines(f"{prefix!r} is not a range of addresses ({error}); write it like 203.0.113.0/24") from error
    return network


def _ask(workspace: Workspace, network: IPNetwork, *, is_sure: bool) -> None:
    """Say what is closed for good, and go on only if that is wanted."""
    days = days_that_hold(workspace, network)
    click.echo(f"{network} lies in the exports of {days_told(days)}; they go as a whole, and these days are closed")
    if not is_sure and not click.confirm("They can't be pulled, decoded or built again. Go on?", default=False):
        raise Lines("nothing was done; --yes goes on without asking")


def _lines(forgotten: Forgotten) -> Iterator[str]:
    exports = forgotten.exports
    yield f"exports:  {days_told(exports.days)}; {exports.files} files of {exports.file_bytes} bytes deleted"
    yield f"set aside or withdrawn: {len(forgotten.files)} files deleted"
    tables = ", ".join(f"{rows} rows of {table}" for table, rows in sorted(forgotten.rows.items()))
    yield f"exchanged: {tables or 'nothing'} (other addresses stand in their place, so counts stay)"
    yield f"sketches: {days_told(forgotten.sketches)} made without it"
    if forgotten.registers:
        yield (
            f"left: sketches of many addresses of {days_told(forgotten.registers)}, whose addresses are gone; "
            "none can be read out of them, and none taken"
        )
    quarters = sorted({str(Quarter.of(day)) for day in exports.days})
    yield f"published numbers stay as they are; of {', '.join(quarters) or 'no quarter'} core keeps what it counted"
    yield NOT_OURS
