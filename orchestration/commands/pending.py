"""Decisions that stand in overrides.csv and that core does not know yet.

Belongs here: telling them apart. Does not belong here: writing them (orchestration.commands.decide), or applying them
(dbt).
"""

from ipaddress import ip_address, ip_network
from typing import Any

import duckdb

from assets.ground.workspace import Workspace
from assets.operator import Override, load_operator
from assets.warehouse.database import connected

DECIDED = """
    select network_key, "override", network_type, decided_on from core.network_type_decisions
"""


def pending(workspace: Workspace) -> list[Override]:
    """The rows of overrides.csv that are not in core, as far as it can be read; without a warehouse, all of them."""
    overrides = load_operator(workspace.operator_folder).overrides
    if not overrides or not workspace.warehouse.exists():
        return list(overrides)
    try:
        with connected(workspace.warehouse, read_only=True) as database:
            rows = database.execute(DECIDED).fetchall()
    except (duckdb.IOException, duckdb.CatalogException):
        return list(overrides)
    known = {(prefix or key, kind, day) for key, prefix, kind, day in rows}
    organisations = {(kind, day) for _, prefix, kind, day in rows if prefix is None}
    return [one for one in overrides if not _is_known(one, known, organisations)]


def _is_known(one: Override, known: set[tuple[Any, ...]], organisations: set[tuple[Any, ...]]) -> bool:
    """A decision on an organisation has become one on each of its networks."""
    if one.organisation is not None:
        return (one.network_type, one.decided_on) in organisations
    return (str(one.prefix) if one.prefix else f"as:{one.asn}", one.network_type, one.decided_on) in known


def pending_on(rows: list[Override], answer: dict[str, Any]) -> str | None:
    """The pending decision that an answer of `netstats classify` would follow, in words; None if there is none."""
    asked, organisation = str(answer["asked"]), answer.get("organisation")
    for one in rows:
        if (
            (one.prefix is not None and _holds(one, asked))
            or (one.asn is not None and answer.get("network_key") == f"as:{one.asn}")
            or (one.organisation is not None and one.organisation == organisation)
        ):
            until = f" to {one.expires_on}" if one.expires_on else ""
            line = f"{one.network_type} from {one.decided_on}{until} ({one.author})"
            return f"{line}; core does not know it: `netstats build`"
    return None


def _holds(one: Override, asked: str) -> bool:
    try:
        address = ip_address(asked)
    except ValueError:
        return False
    return one.prefix is not None and address in ip_network(str(one.prefix))
