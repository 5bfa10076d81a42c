"""Rows of exporters.csv, interfaces.csv and own_prefixes.csv as a survey suggests them, each with a note that says so.

Belongs here: from what was seen to cells. Does not belong here: writing files (assets.operator.writing).
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from assets.exports.survey._conversations import DEFAULT_TIMEOUT_S
from assets.exports.survey.exporters import ExporterSeen
from assets.exports.survey.interfaces import InterfaceSeen
from assets.operator.cells import name_of_folder
from assets.operator.notes import SUGGESTED

CsvRow = Mapping[str, str]
BEGINS_A_FORMULA = ("=", "+", "-", "@")


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
        if not _may_be_name(name) or name in used:
            name = next(free for number in range(1, len(used) + 2) if (free := f"router-{number}") not in used)
        used.add(name)
        interval = sampling.get(one.address)
        found.append(
            {
                "exporter": one.address,
                "name": name,
                "site": site,
                "sampling_interval": "" if interval is None else _plain(interval),
                "as_numbers": one.as_numbers,
                "metering": one.metering,
                "active_timeout_s": str(one.active_timeout_s or DEFAULT_TIMEOUT_S),
                "note": f"{SUGGESTED}: {_evidence(one)}",
            }
        )
    return found


def _may_be_name(folder: str) -> bool:
    """Whether a row of exporters.csv can have the name of a folder, byte by byte, and still be read."""
    try:
        return folder.isprintable() and "" != name_of_folder(folder) == folder.strip()
    except ValueError:
        return False


def _plain(number: float) -> str:
    """A number with all of its digits, and without those that say nothing."""
    return str(int(number)) if number.is_integer() else str(number)


def _evidence(one: ExporterSeen) -> str:
    """What the row was concluded from."""
    if one.intervals:
        sampling = f"sampling {', '.join(map(_plain, one.intervals))} by {', '.join(one.sampling_sources)}"
    else:
        sampling = "does not tell its sampling"
    numbers = _evidence_of_as_numbers(one)
    timeout = "flows last as long as the timeout" if one.active_timeout_s else "timeout not seen, default"
    return f"{', '.join(one.protocols)}; {sampling}; {numbers}; {timeout}"


def _evidence_of_as_numbers(one: ExporterSeen) -> str:
    if not one.as_numbers_share:
        return "no AS numbers"
    summary = f"AS numbers on {one.as_numbers_share:.0%} of its bytes"
    if one.as_numbers_agree is None:
        return f"{summary}, of no known network"
    return f"{summary}, {one.as_numbers_agree:.0%} of those known are origins"


def interface_rows(seen: Sequence[InterfaceSeen], taken: Collection[tuple[bytes, str]] = ()) -> list[CsvRow]:
    """A row for each interface; of equal names of an exporter, each has its index behind it."""
    return [_interface_row(one, name) for one, name in zip(seen, _names(seen, taken), strict=True)]


def _names(seen: Sequence[InterfaceSeen], taken: Collection[tuple[bytes, str]]) -> Iterator[str]:
    """Names that no two interfaces of an exporter share, whatever it calls them."""
    summary = Counter((one.exporter, _name(one)) for one in seen) + Counter(taken)
    used = set(summary)
    for one in seen:
        name = _name(one)
        if summary[one.exporter, name] > 1:
            while (one.exporter, name) in used:
                name += f"#{one.if_index}"
            used.add((one.exporter, name))
        yield name


def _name(one: InterfaceSeen) -> str:
    """What the exporter calls it, unless a spreadsheet would take that for a formula."""
    return one.name if one.name and not one.name.startswith(BEGINS_A_FORMULA) else f"if{one.if_index}"


def _interface_row(one: InterfaceSeen, name: str) -> CsvRow:
    role = one.role or ""
    called = f"; called {one.name}" if one.name and not name.startswith(one.name) else ""
    described = f"; described as {one.description}" if one.description else ""
    return {
        "exporter": one.address,
        "interface": name,
        "if_index": str(one.if_index),
        "role": role,
        "connectivity": "internal" if role == "internal" else "",
        "note": f"{SUGGESTED}: {one.outside:.0%} of its bytes to and from outside, "
        f"{one.addresses_in} addresses in, {one.addresses_out} out{called}{described}",
    }
