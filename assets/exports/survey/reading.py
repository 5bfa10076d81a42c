"""Reading a day of exports through the decoder that flow_records uses, to say what is in them.

Belongs here: reading, and what was read. Does not belong here: which files (_files), what is concluded (sides,
exporters, interfaces).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa

from assets.exports import formats
from assets.exports.survey._conversations import Conversations
from assets.exports.survey._files import FilesOfPlace, as_exports

MOST_RECORDS = 4_000_000


@dataclass
class Survey:
    """What a day's files hold; `is_whole` says that all of the offered files were read to their end.

    `repeated` has a line for each file that holds the same as another one.
    """

    files: list[FilesOfPlace]
    conversations: Conversations
    state: formats.DecoderState
    refused: list[str] = field(default_factory=list)
    repeated: list[str] = field(default_factory=list)
    is_whole: bool = True

    @cached_property
    def table(self) -> pa.Table:
        return self.conversations.table()

    @property
    def files_read(self) -> int:
        return sum(len(one.chosen) for one in self.files)

    @property
    def files_offered(self) -> int:
        return sum(len(one.exports) for one in self.files)


def survey(
    files: Iterable[FilesOfPlace],
    timeouts_s: Mapping[bytes, int] | None = None,
    out_counters: Mapping[bytes, str] | None = None,
    most_records: int | None = MOST_RECORDS,
) -> Survey:
    """Read the chosen files, at most so many records (None: all); those that are not exports are told in `refused`.

    `timeouts_s` and `out_counters` are what the operator's rows say, by exporter (16 bytes).
    """
    found = list(files)
    refused = [line for one in found for line in one.refused]
    (exports, repeated), reasons = as_exports(found), list[str]()
    state = _new_state(out_counters)
    while True:
        read, reasons = Conversations(timeouts_s or {}), list[str]()
        is_whole = _read(exports, state, read, reasons.append, most_records)
        if not is_whole or not state.was_told_too_late:
            break
        state = _new_state(out_counters).knowing(state)
    is_whole = is_whole and all(len(one.chosen) == len(one.exports) for one in found)
    return Survey(found, read, state, refused + reasons, repeated, is_whole)


def _new_state(out_counters: Mapping[bytes, str] | None) -> formats.DecoderState:
    state = formats.DecoderState()
    state.out_counters = out_counters or {}
    return state


def _read(
    exports: list[formats.ExportFile],
    state: formats.DecoderState,
    read: Conversations,
    refused: Callable[[str], None],
    most_records: int | None,
) -> bool:
    """One pass over the files; whether it came to their end."""
    for batch in formats.decode_pass(exports, state, refused=refused):
        read.take(batch)
        if most_records is not None and read.records >= most_records:
            return False
    return True
