"""What a survey shows of each exporter, and what it suggests for its row.

Belongs here: conclusions from conversations. Does not belong here: interfaces, cells of rows (rows).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.formats import UNKNOWN_EXPORTER, rows_by
from assets.exports.survey.reading import Survey
from assets.exports.survey.sides import scaled
from assets.ground.addresses import address_of
from assets.ground.as_numbers import is_reserved
from assets.registry.address_plan import AddressPlan

Places = npt.NDArray[np.int64]
USUAL_TIMEOUTS_S = (60, 120, 180, 300, 600, 900, 1800, 3600)
AT_TIMEOUT = 0.01
ORIGIN_BEYOND = 0.8
LATE_TELLING_MS = 3_900_000


@dataclass(frozen=True)
class ExporterSeen:
    """An exporter in a day's files: what it sends, and how. Shares are of its bytes; None: not known."""

    exporter: bytes
    protocols: tuple[str, ...]
    records: int
    octets: float
    share: float
    intervals: tuple[float, ...]
    sampling_sources: tuple[str, ...]
    unknown_sampling_share: float
    as_numbers_share: float
    as_numbers_agree: float | None
    directions: tuple[int, ...]
    meters_twice: bool
    active_timeout_s: int | None
    clock_offset_s: float | None
    files: tuple[str, ...]

    @property
    def address(self) -> str:
        return str(address_of(self.exporter))

    @property
    def is_told(self) -> bool:
        """Whether its files say who it is."""
        return self.exporter != UNKNOWN_EXPORTER

    @property
    def metering(self) -> str:
        """What it meters, by the directions that its records tell."""
        if self.meters_twice:
            return "both"
        return "egress" if self.directions == (1,) else "ingress"

    @property
    def as_numbers(self) -> str:
        """Whether its AS numbers are those of origins, as far as registries tell; else they are of peers or nothing."""
        if self.as_numbers_agree is None:
            return "ignore"
        return "origin" if self.as_numbers_agree >= ORIGIN_BEYOND else "peer"


def exporters_seen(survey: Survey, plan: AddressPlan | None = None) -> list[ExporterSeen]:
    """The exporters of a survey, those with most bytes first; `plan` tells whose addresses are, where it is known."""
    octets, is_unknown = scaled(survey.table)
    total, heard, lasting = float(octets.sum()) or 1.0, _heard(survey), _lasting(survey)
    files, found = _files(survey), []
    for exporter, which, own in _by_exporter(survey.table):
        carried = float(octets[which].sum())
        has_as = _has_as_number(own)
        found.append(
            ExporterSeen(
                exporter=exporter,
                protocols=_values(own, "flow_protocol"),
                records=int(pc.sum(own["records"]).as_py()),
                octets=carried,
                share=carried / total,
                intervals=_values(own, "sampling_interval"),
                sampling_sources=_values(own, "sampling_source"),
                unknown_sampling_share=float(octets[which][is_unknown[which]].sum()) / (carried or 1.0),
                as_numbers_share=float(octets[which][has_as].sum()) / (carried or 1.0),
                as_numbers_agree=_agreement(own, octets[which], plan),
                directions=_values(own, "metering_direction"),
                meters_twice=_meters_twice(own),
                active_timeout_s=_active_timeout(lasting[exporter]) if exporter in lasting else None,
                clock_offset_s=_clock_offset(survey, exporter, heard),
                files=tuple(files[exporter]),
            )
        )
    return sorted(found, key=lambda one: (-one.octets, one.exporter))


def _by_exporter(table: pa.Table) -> Iterator[tuple[bytes, Places, pa.Table]]:
    """Each exporter with the places of its rows and the rows, in one pass over the table."""
    encoded = table["exporter"].combine_chunks().dictionary_encode()
    exporters = encoded.dictionary.to_pylist()
    places = rows_by(encoded.indices.to_numpy().astype(np.int64), len(exporters))
    together = table.take(pa.array(np.concatenate(places) if places else np.zeros(0, np.int64)))
    begins = 0
    for exporter, which in zip(exporters, places, strict=True):
        yield exporter, which, together.slice(begins, len(which))
        begins += len(which)


def _files(survey: Survey) -> Mapping[bytes, list[str]]:
    """The files of each exporter, in their order."""
    found = dict[bytes, list[str]]()
    for name, sent in sorted(survey.conversations.exporters_by_file.items()):
        for exporter in sent:
            found.setdefault(exporter, []).append(name)
    return found


def _meters_twice(table: pa.Table) -> bool:
    """Whether most of the bytes are of pairs of addresses that are metered both where they come in and go out.

    A probe that tells directions of its own (softflowd) has each packet once all the same.
    """
    wanted = [("metering_direction", "min"), ("metering_direction", "max"), ("bytes", "sum")]
    pairs = table.group_by(["src_addr", "dst_addr"], use_threads=False).aggregate(wanted)
    is_twice = pc.fill_null(pc.not_equal(pairs["metering_direction_min"], pairs["metering_direction_max"]), False)
    octets = pairs["bytes_sum"].to_numpy()
    return bool(octets[is_twice.to_numpy().astype(bool)].sum() > octets.sum() / 2)


def _values(table: pa.Table, column: str) -> tuple:  # type: ignore[type-arg]
    return tuple(sorted(one for one in pc.unique(table[column]).to_pylist() if one is not None))


def _agreement(table: pa.Table, octets: npt.NDArray[np.float64], plan: AddressPlan | None) -> float | None:
    """The share of bytes whose AS number is the origin that the plan knows; None where the two never meet."""
    compared = agreed = 0.0
    for address, number in (("src_addr", "src_as"), ("dst_addr", "dst_as")):
        if plan is None or not table.num_rows or not plan.table.num_rows:
            return None
        numbers_told = pc.fill_null(table[number], 0).to_numpy()
        places = plan.lookup(table[address])
        known = pc.fill_null(plan.table["origin_as"].take(pa.array(np.maximum(places, 0))), 0).to_numpy()
        is_compared = (places >= 0) & (known != 0) & ~is_reserved(numbers_told)
        compared += float(octets[is_compared].sum())
        agreed += float(octets[is_compared & (known == numbers_told)].sum())
    return agreed / compared if compared else None


def _has_as_number(table: pa.Table) -> npt.NDArray[np.bool_]:
    numbers_told = [pc.fill_null(table[side], 0).to_numpy() != 0 for side in ("src_as", "dst_as")]
    return np.asarray(numbers_told[0] | numbers_told[1], bool)


def _heard(survey: Survey) -> Mapping[bytes, Mapping[str, int]]:
    return {row["exporter"]: row for row in survey.conversations.heard().to_pylist()}


def _lasting(survey: Survey) -> Mapping[bytes, pa.Table]:
    """How long its flows last, by exporter."""
    return {exporter: own for exporter, _, own in _by_exporter(survey.conversations.lasting())}


def _active_timeout(own: pa.Table) -> int | None:
    """The usual timeout that its longest flows come to, where a hundredth of its bytes last about that long."""
    seconds, octets = own["seconds"].to_numpy(), own["bytes"].to_numpy()
    if not len(seconds) or not octets.sum():
        return None
    longest = int(seconds.max())
    for usual in USUAL_TIMEOUTS_S:
        near = octets[(seconds >= 0.9 * usual) & (seconds <= 1.1 * usual)].sum()
        if 0.9 * usual <= longest <= 1.1 * usual and near >= AT_TIMEOUT * octets.sum():
            return usual
    return None


def _clock_offset(survey: Survey, exporter: bytes, heard: Mapping[bytes, Mapping[str, int]]) -> float | None:
    """By how many seconds its clock is ahead of who captured its datagrams; else its flows' ends of their export.

    Flows may be told of an hour after they ended, as softflowd does of idle ones: that tells nothing of the clock.
    """
    delay_ms = survey.state.clocks.least_delay_ms.get(exporter)
    if delay_ms is not None:
        return -delay_ms / 1000
    lag_ms = heard[exporter]["least_lag_ms"] if exporter in heard else 0
    return None if 0 <= lag_ms <= LATE_TELLING_MS else -lag_ms / 1000
