"""Days brought up to date: each that is not what its inputs would make now, and the day before one that was made.

Belongs here: which days are decoded, in which order. Does not belong here: what a day is made from
(assets.exports.day_inputs), decoding one (assets.exports.decoded_day).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from time import monotonic

from assets.exports import formats
from assets.exports.day_inputs import (
    ADDRESS_RANGES,
    DAY,
    RECORDS,
    days_to_compare_again,
    inputs_of_day,
    is_current,
    is_made,
    is_told_more,
)
from assets.exports.days import Counting, copies_gone
from assets.exports.decoded_day import DayMade, make_day
from assets.exports.retired_days import is_retired, retired_days
from assets.exports.rows import Row
from assets.ground.lake import Lake, Partition, fingerprint_of_files
from assets.ground.progress import Progress
from assets.operator import Operator
from assets.registry.address_plan import AddressPlan

ONE_DAY = timedelta(days=1)
# A day may be made again for what its neighbours tell, and they for it; exports end that within three rounds.
MOST_ROUNDS = 8
FORMATS = Path(formats.__file__).parent


def code_of_formats() -> str:
    """What a day is decoded by: a fingerprint of the formats, sub-packages included."""
    return fingerprint_of_files(FORMATS.rglob("*.py"))


def make_days(
    lake: Lake, operator: Operator, asked: Sequence[date], progress: Progress
) -> tuple[list[DayMade], list[str]]:
    """Decode the days that are not current; what was made, and in words which days stay as they were.

    A day may tell first what the day before it missed: then that one is made once more, asked or not, and may find that
    it misses more (the sampling of records whose template it did not have). A later day that was compared with the
    datagrams of one that was made anew is compared again. For nothing else is a day made that is not asked for, and a
    day whose exports were let go for nothing at all.
    """
    # Nothing is pulled and no day is let go while days are made.
    code, counting = code_of_formats(), Counting.of(lake)
    made, kept = dict[date, DayMade](), dict[date, str]()

    @cache
    def plan_of(as_of: date) -> AddressPlan:
        return AddressPlan.from_table(lake.read(ADDRESS_RANGES, Partition("plan_as_of", as_of)))

    def is_there(export_on: date) -> bool:
        return lake.fingerprint(RECORDS, Partition(DAY, export_on)) is not None and not is_retired(lake, export_on)

    def is_stale(export_on: date) -> bool:
        return is_there(export_on) and not is_current(lake, inputs_of_day(lake, operator, export_on, code, counting))

    def is_told(export_on: date) -> bool:
        return is_there(export_on) and is_told_more(lake, inputs_of_day(lake, operator, export_on, code, counting))

    asked = sorted({*asked} - retired_days(lake))
    waiting, text = asked, "Decoding export days"
    for _ in range(MOST_ROUNDS):
        if not waiting:
            break
        again = set[date]()
        for export_on in progress.track(waiting, text):
            inputs = inputs_of_day(lake, operator, export_on, code, counting)
            if is_current(lake, inputs):
                continue
            if is_made(lake, inputs) and (gone := copies_gone(lake, inputs.files)):
                kept[export_on] = f"{export_on} stays as it was made: {_told_gone(gone)}"
                continue
            began = monotonic()
            made[export_on] = make_day(lake, inputs, plan_of(inputs.plan_as_of))
            made[export_on].seconds = monotonic() - began
            again |= {export_on} | ({export_on - ONE_DAY, export_on + ONE_DAY} & set(asked))
            if is_told(export_on - ONE_DAY):
                again.add(export_on - ONE_DAY)
        again |= days_to_compare_again(lake, again & made.keys())
        again -= kept.keys() | retired_days(lake)
        waiting, text = sorted(again if any(map(is_stale, again)) else ()), "Decoding once more what was told later"
    kept |= {one: f"{one} is still told of by its neighbours; materialise it again" for one in waiting if is_stale(one)}
    return [made[export_on] for export_on in sorted(made)], [kept[export_on] for export_on in sorted(kept)]


def _told_gone(gone: list[Row]) -> str:
    names = ", ".join(row["source_file"] for row in gone[:3])
    return (
        f"{len(gone)} of its files are no longer in the lake ({names}), though they should be decoded again; "
        f"offer them again at their source to have it made anew"
    )
