"""Rows of exporters.csv, interfaces.csv and own_prefixes.csv as a survey suggests them, each with a note that says so.

Belongs here: from what was seen to cells. Does not belong here: writing files (assets.operator_folder.writing).
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from assets.export_survey._conversations import DEFAULT_TIMEOUT_S
from assets.export_survey.exporters import ExporterSeen
from assets.export_survey.interfaces import InterfaceSeen
from assets.operator_folder.notes import SUGGESTED

CsvRow = Mapping[str, str]


def exporter_rows(
    seen: Sequence[ExporterSeen],
    names: Mapping[bytes, str],
    taken: Collection[str],
    site: str,
    sampling: Mapping[str, float],
) -> list[CsvRow]:
    """A row for each exporter.

    `names` are those of folders, `taken` those in use, `sampling` the answered intervals by address.
    """
    found, used = list[CsvRow](), set(taken)
    for one in seen:
        name = names.get(one.exporter, "")
        if not name or name in used:
            name = next(free for number in range(1, len(used) + 2) if (free := f"router-{number}") not in used)
        used.add(name)
        interval = sampling.get(one.address)
        found.append(
            {
                "exporter": one.address,
                "name": name,
                "site": site,
                "sampling_interval": "" if interval is None else f"{interval:g}",
                "as_numbers": one.as_numbers,
                "metering": one.metering,
                "active_timeout_s": str(one.active_timeout_s or DEFAULT_TIMEOUT_S),
                "note": f"{SUGGESTED}: {_evidence(one)}",
            }
        )
    return found


def _evidence(one: ExporterSeen) -> str:
    """What the row was concluded from."""
    if one.intervals:
        sampling = f"sampling {', '.join(f'{n:g}' for n in one.intervals)} by {', '.join(one.sampling_sources)}"
    else:
        sampling = "does not tell its sampling"
    numbers = _evidence_of_as_numbers(one)
    timeout = "flows last as long as the timeout" if one.active_timeout_s else "timeout not seen, default"
    return f"{', '.join(one.protocols)}; {sampling}; {numbers}; {timeout}"


def _evidence_of_as_numbers(one: ExporterSeen) -> str:
    if not one.as_numbers_share:
        return "no AS numbers"
    told = f"AS numbers on {one.as_numbers_share:.0%} of its bytes"
    if one.as_numbers_agree is None:
        return f"{told}, of no known network"
    return f"{told}, {one.as_numbers_agree:.0%} of those known are origins"


def interface_rows(seen: Sequence[InterfaceSeen], taken: Collection[tuple[bytes, str]] = ()) -> list[CsvRow]:
    """A row for each interface; of equal names of an exporter, each has its index behind it."""
    names = Counter((one.exporter, _name(one)) for one in seen) + Counter(taken)
    return [_interface_row(one, is_alone=names[one.exporter, _name(one)] == 1) for one in seen]


def _name(one: InterfaceSeen) -> str:
    return one.name or f"if{one.if_index}"


def _interface_row(one: InterfaceSeen, *, is_alone: bool) -> CsvRow:
    role = one.role or ""
    described = f"; described as {one.description}" if one.description else ""
    return {
        "exporter": one.address,
        "interface": _name(one) if is_alone else f"{_name(one)}#{one.if_index}",
        "if_index": str(one.if_index),
        "role": role,
        "connectivity": "internal" if role == "internal" else "",
        "note": f"{SUGGESTED}: {one.outside:.0%} of its bytes to and from outside, "
        f"{one.addresses_in} addresses in, {one.addresses_out} out{described}",
    }
