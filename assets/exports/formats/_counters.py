"""Counters of records: which of the bytes and packets that a template tells are the record's, and which another's.

Belongs here: delta, total, OUT and responder counters of one record (docs/method.md, "Two directions in one record").
Does not belong here: other fields (_template_records), differencing totals (_totals).
"""

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from assets.exports.formats._templates import Template

Amounts = npt.NDArray[np.unsignedinteger]
Flags = npt.NDArray[np.bool_]

IN = {"bytes": (1, 85), "packets": (2, 86)}
OUT = {"bytes": 23, "packets": 24}
INITIATOR, RESPONDER = {"bytes": 231, "packets": 298}, {"bytes": 232, "packets": 299}
NPROBE_ENTERPRISE, FIRST_NPROBE_FIELD = 35632, 57_472


class CounterFields(Protocol):
    """The fields of records by column and element."""

    def elements(self, column: str) -> list[int]:
        """The elements that fill a column, the preferred one first."""
        ...

    def number(self, column: str, element: int) -> Amounts:
        """An unsigned field."""
        ...

    def unsigned(self, column: str) -> Amounts:
        """The preferred field of a column."""
        ...


class Counters(NamedTuple):
    """The counters of a direction by column, those of the other one and which records have it, and bytes left out."""

    forward: dict[str, Amounts]
    reverse: dict[str, Amounts]
    is_reverse: Flags
    bytes_beside: int
    bytes_left_out: int


def is_of_nprobe(template: Template) -> bool:
    """Whether a template has fields of nProbe's own, in IPFIX by its enterprise number, in v9 by their range."""
    return any(
        one.enterprise == NPROBE_ENTERPRISE or (not one.enterprise and one.element >= FIRST_NPROBE_FIELD)
        for one in template.fields
    )


def counters_of(fields: CounterFields, count: int, out_is_reverse: Flags) -> Counters:
    """The counters of `count` records; `out_is_reverse`: whose OUT counters beside IN ones are the other direction.

    Of IN and OUT counters the only one above zero is the record's; where both are, OUT is the same traffic behind a
    middlebox (RFC 7012, postOctetDeltaCount) unless the exporter means the other direction. Responder counters (232 and
    299) are the other direction of what the initiator's (231 and 298) count, whatever sums stand beside them.
    """
    forward = {name: fields.unsigned(name) for name in IN if fields.elements(name)}
    nobody = np.zeros(count, bool)
    responder = {name: fields.number(f"responder_{name}", one) for name, one in RESPONDER.items()
                 if one in fields.elements(f"responder_{name}")}  # fmt: skip
    if responder:
        forward |= {name: fields.number(name, one) for name, one in INITIATOR.items() if one in fields.elements(name)}
        return Counters(forward, responder, _counted(responder, count), 0, 0)
    into = {name: found for name in IN if (found := _in(fields, name)) is not None}
    out = {name: fields.number(name, one) for name, one in OUT.items() if one in fields.elements(name)}
    if not into or not out:
        return Counters(forward, {}, nobody, 0, 0)
    pairs = into.keys() & out.keys() or into.keys()
    came, left = _counted({name: into[name] for name in pairs}, count), _counted(out, count)
    only_out, both = left & ~came, left & came
    chosen = {
        name: np.where(only_out, out[name] if name in out else into[name], into[name] if name in into else out[name])
        for name in {**into, **out}
    }
    is_reverse = both & out_is_reverse
    left_out = both & ~out_is_reverse
    sums = [int(one["bytes"][left_out].sum(dtype=np.float64)) if "bytes" in one else 0 for one in (into, out)]
    return Counters(chosen, out, is_reverse, *sums)


def _in(fields: CounterFields, name: str) -> Amounts | None:
    known = fields.elements(name)
    return next((fields.number(name, one) for one in IN[name] if one in known), None)


def _counted(counters: dict[str, Amounts], count: int) -> Flags:
    """Which records count anything."""
    found = np.zeros(count, bool)
    for values in counters.values():
        found |= values > 0
    return found
