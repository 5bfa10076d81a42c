"""Decisions that stand in overrides.csv and that core does not know yet.

Belongs here: telling them apart. Does not belong here: writing them (orchestration.commands.decide), or applying them
(dbt).
"""

from datetime import date
from ipaddress import ip_network
from typing import Any

import duckdb

from assets.ground.addresses import parse_address
from assets.ground.workspace import Workspace
from assets.operator import Override, load_operator
from assets.warehouse.database import reading

DECIDED = """
    select
        decisions.network_key, decisions."override", decisions.network_type, decisions.decided_on,
        case when decisions.precedence = 3 then networks.organisation end
    from core.network_type_decisions as decisions
    left join core.networks as networks on decisions.network_key = networks.network_key
"""


def pending(workspace: Workspace) -> list[Override]:
    """The rows of overrides.csv that are not in core, once nobody writes it; without core, all of them."""
    overrides = load_operator(workspace.operator_folder).overrides
    if not overrides or not workspace.warehouse.exists():
        return list(overrides)
    try:
        with reading(workspace.warehouse) as database:
            rows = database.execute(DECIDED).fetchall()
    except duckdb.CatalogException:
        return list(overrides)
    known = {(prefix or key, kind, day) for key, prefix, kind, day, _ in rows}
    organisations = {(organisation, kind, day) for *_, kind, day, organisation in rows if organisation is not None}
    return [one for one in overrides if not _is_known(one, known, organisations)]


def _is_known(one: Override, known: set[tuple[Any, ...]], organisations: set[tuple[Any, ...]]) -> bool:
    """A decision on an organisation has become one on each of its networks."""
    if one.organisation is not None:
        return (one.organisation, one.network_type, one.decided_on) in organisations
    return (str(one.prefix) if one.prefix else f"as:{one.asn}", one.network_type, one.decided_on) in known


def pending_on(rows: list[Override], answer: dict[str, Any], on: date) -> str | None:
    """The pending decision that an answer of `netstats classify` would follow on a day, in words, or None.

    One in force on the day comes before others, then the longest prefix, an AS, an organisation, and the newest.
    """
    found = [one for one in rows if _reaches(one, answer)]
    if not found:
        return None
    one = max(found, key=lambda one: (one.decided_on <= on <= (one.expires_on or date.max), *_rank(one)))
    until = f" to {one.expires_on}" if one.expires_on else ""
    return f"{one.network_type} from {one.decided_on}{until} ({one.author}); core does not know it: `netstats build`"


def _rank(one: Override) -> tuple[int, bool, date]:
    return one.prefix.prefixlen if one.prefix is not None else -1, one.asn is not None, one.decided_on


def _reaches(one: Override, answer: dict[str, Any]) -> bool:
    if one.prefix is not None:
        return _holds(one, str(answer["asked"]))
    if one.asn is not None:
        return bool(answer.get("network_key") == f"as:{one.asn}")
    return one.organisation == answer.get("organisation")


def _holds(one: Override, asked: str) -> bool:
    try:
        address = parse_address(asked)
    except ValueError:
        return False
    return one.prefix is not None and address in ip_network(str(one.prefix))
