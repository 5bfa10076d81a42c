"""Rows of the operator's folder and of the reviewed data as an edition notes them: text, and no address of a host.

Belongs here: which rows and columns can count for a quarter, and what is noted of them. Does not belong here: keeping
them (made_from), comparing them (causes).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from ipaddress import ip_address, ip_network
from typing import Any

from assets.ground.lake import fingerprint_of
from assets.ground.quarters import Quarter

Row = dict[str, str]
DECISIONS, SETTINGS = "overrides", "settings"
# What an operator sets that can change a number.
SETTINGS_THAT_COUNT = (
    "own_asns",
    "tracking_began_on",
    "timezone",
    "suppression_minimum_unique_ips",
    "suppression_maximum_share_of_one_network",
)
# Columns that name a row come first.
FIRST = {
    DECISIONS: ("decided_on", "target"),
    "exporters": ("name", "valid_from"),
    "interfaces": ("exporter", "interface", "if_index", "valid_from"),
}
LEFT_OUT = {"author", "colour", "definition", "note"}
LONGEST_PREFIXES = {4: 24, 6: 48}
LIKE_AN_ADDRESS = re.compile(r"[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*[0-9A-Fa-f:](?:/\d{1,3})?")


def rows_of_table(
    table: str, rows: Iterable[Mapping[str, Any]], quarter: Quarter, map_on: date, routers: Mapping[str, str]
) -> list[Row]:
    """The rows of a table that can count for a quarter, whose map is that of a day, as text.

    `routers` has the name of each router by its address.
    """
    if table == SETTINGS:
        named = [(name, row[name]) for row in rows for name in SETTINGS_THAT_COUNT if name in row]
        return [{"setting": name.replace("_", " "), "value": _text(cell)} for name, cell in named]
    counting = [row for row in rows if _counts(table, row, quarter, map_on)]
    return [_ordered(table, _noted(table, row, routers)) for row in counting]


def without_addresses(text: str) -> str:
    """Text without addresses of hosts; a prefix of few hosts is told by the larger one around it."""
    return LIKE_AN_ADDRESS.sub(lambda found: _without_address(found.group()), text)


def _counts(table: str, row: Mapping[str, Any], quarter: Quarter, map_on: date) -> bool:
    """Decisions are asked on the day of the map; other rows hold on any day of the quarter."""
    if table == DECISIONS:
        return bool(row["decided_on"] <= map_on and (row.get("expires_on") or map_on) >= map_on)
    begins, ends = str(row.get("valid_from") or ""), str(row.get("valid_to") or "")
    return begins <= str(quarter.ended_on) and (not ends or ends >= str(quarter.began_on))


def _noted(table: str, row: Mapping[str, Any], routers: Mapping[str, str]) -> Row:
    cells = {name: cell for name, cell in row.items() if name not in LEFT_OUT and not isinstance(cell, bytes)}
    router = cells.pop("exporter_address", None)
    if table == DECISIONS:
        asn, prefix, organisation = (cells.pop(name, None) for name in ("asn", "prefix", "organisation"))
        cells["target"] = f"AS{asn}" if asn else prefix or organisation
    if table == "interfaces":
        cells["exporter"] = routers.get(str(router), "of a router without a row")
    elif router is not None:
        # Whether it is another one can be told, and not which.
        cells["exporter_address"] = f"#{fingerprint_of(str(router))[:8]}"
    return {name: without_addresses(_text(cell)) for name, cell in cells.items()}


def _ordered(table: str, row: Row) -> Row:
    names = FIRST.get(table, ())
    return {name: row[name] for name in (*(name for name in names if name in row), *row)}


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return ", ".join(map(_text, cell)) if isinstance(cell, list) else str(cell)


def _without_address(text: str) -> str:
    """What stands in the place of an address or a prefix; any other text is left as it is."""
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        bare = text.rstrip(".:")
        return _without_address(bare) + text[len(bare) :] if bare != text and _is_address(bare) else text
    longest = LONGEST_PREFIXES[network.version]
    if "/" not in text:
        return "(address)"
    return text if network.prefixlen <= longest else f"within {network.supernet(new_prefix=longest)}"


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
