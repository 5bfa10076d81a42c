"""What a survey shows of each interface, and on which side of the boundary it seems to be.

Belongs here: conclusions from conversations. Does not belong here: exporters, cells of rows (rows).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from assets.exports.survey._own_prefixes import PrefixSet
from assets.exports.survey.reading import Survey
from assets.exports.survey.sides import scaled
from assets.ground.addresses import address_of

ROLE_BEYOND = 0.9


@dataclass(frozen=True)
class InterfaceSeen:
    """An interface in a day's files: bytes and distinct addresses that came in and went out by it.

    `outside` is the share of its bytes whose far end, through it, is not one of the own prefixes.
    """

    exporter: bytes
    if_index: int
    name: str | None
    description: str | None
    bytes_in: float
    bytes_out: float
    addresses_in: int
    addresses_out: int
    outside: float
    share: float

    @property
    def address(self) -> str:
        return str(address_of(self.exporter))

    @property
    def role(self) -> str | None:
        """External or internal where nearly all of its traffic says so; None where it does not."""
        if self.outside >= ROLE_BEYOND:
            return "external"
        return "internal" if self.outside <= 1 - ROLE_BEYOND else None


def interfaces_seen(survey: Survey, own: PrefixSet) -> list[InterfaceSeen]:
    """The interfaces of a survey but those of index 0 (none), by exporter and index."""
    table = survey.table
    octets, _ = scaled(table)
    is_own = {side: own.holds(table[side]) for side in ("src_addr", "dst_addr")}
    sides = {}
    for index, address in (("in_if", "src_addr"), ("out_if", "dst_addr")):
        by_interface = pa.table(
            {
                "exporter": table["exporter"],
                "if_index": table[index],
                "address": table[address],
                "octets": octets,
                "outside": np.where(is_own[address], 0.0, octets),
            }
        )
        sums = [("octets", "sum"), ("outside", "sum"), ("address", "count_distinct")]
        grouped = by_interface.group_by(["exporter", "if_index"], use_threads=False).aggregate(sums).to_pylist()
        sides[index] = {(row["exporter"], row["if_index"]): row for row in grouped}
    keys = sorted(key for key in {*sides["in_if"], *sides["out_if"]} if key[1])
    total = float(octets.sum()) or 1.0
    return [
        _interface(survey, key, sides["in_if"].get(key, NOTHING), sides["out_if"].get(key, NOTHING), total)
        for key in keys
    ]


NOTHING: Mapping[str, float] = {"octets_sum": 0.0, "outside_sum": 0.0, "address_count_distinct": 0}


def _interface(
    survey: Survey, key: tuple[bytes, int], into: Mapping[str, float], out: Mapping[str, float], total: float
) -> InterfaceSeen:
    carried = into["octets_sum"] + out["octets_sum"]
    named = survey.state.interface_names.names.get(key)
    return InterfaceSeen(
        exporter=key[0],
        if_index=key[1],
        name=(named.name or None) if named else None,
        description=(named.description or None) if named else None,
        bytes_in=into["octets_sum"],
        bytes_out=out["octets_sum"],
        addresses_in=int(into["address_count_distinct"]),
        addresses_out=int(out["address_count_distinct"]),
        outside=(into["outside_sum"] + out["outside_sum"]) / (carried or 1.0),
        share=carried / total,
    )
