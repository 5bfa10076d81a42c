"""Reading files again for what was told too late: it ends, and what can't be settled is told."""

import ipaddress
import struct
import time
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from assets.exports.formats import _sampling, _template_cache, decode_files
from assets.exports.formats._state import DecoderState
from assets.exports.formats._templates import Domain, Field, Template
from assets.exports.formats._timeline import When
from tests.formats import ipfix_encoder as ipfix
from tests.formats.decoding import decode
from tests.formats.encoder import CLOCK, flow_set, options_template, pcap, template, v9

ENDS = ipaddress.ip_address("198.51.100.7").packed + ipaddress.ip_address("203.0.113.9").packed
FIELDS, TURNED = [(8, 4), (12, 4), (1, 4), (2, 4)], [(8, 4), (12, 4), (2, 4), (1, 4)]
RECORD = flow_set(256, ENDS + struct.pack(">II", 3, 1500))


def at(second: int, *sets: bytes) -> bytes:
    return v9(*sets, seconds=CLOCK + second, sequence=second)


def in_files_of_their_own(folder: Path, sent: list[bytes]) -> tuple[list[dict[str, Any]], DecoderState]:
    paths, state = [folder / f"{number}.pcap" for number in range(len(sent))], DecoderState()
    for path, payload in zip(paths, sent, strict=True):
        path.write_bytes(pcap(payload))
    return [row for batch in decode_files(paths, state) for row in batch.to_pylist()], state


def a_history_that_is_too_long() -> list[bytes]:
    """A layout that changes more often than is kept, whose first is told again behind the data that it was for."""
    first = template(256, FIELDS), template(256, TURNED)
    return [at(second, first[second // 3 % 2], RECORD) for second in range(60)] + [at(99, RECORD), at(98, first[0])]


def test_layouts_that_change_more_often_than_is_kept_end_the_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_template_cache, "MOST_FIELDS", 8)
    monkeypatch.setattr(_template_cache, "HISTORY", 2)
    rows, state = in_files_of_their_own(tmp_path, a_history_that_is_too_long())
    assert len(rows) == 61
    assert sum(one.losses.get("told_too_late", 0) for one in state.outcomes) == 1


def test_intervals_beyond_what_is_kept_end_the_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sampling, "MOST_INTERVALS", 2)
    layouts = options_template(300, [(1, 4)], [(48, 4), (34, 4)]), template(256, [(8, 4), (12, 4), (48, 4)])
    told = [flow_set(300, struct.pack(">III", 0, sampler, 100)) for sampler in (1, 2, 3)]
    data = flow_set(256, ENDS + struct.pack(">I", 1))
    sent = [at(1, *layouts, *told), at(2, data), at(3, *told), at(4, data)]
    rows, _ = in_files_of_their_own(tmp_path, sent)
    assert len(rows) == 2


def test_reading_again_counts_the_fields_of_templates_once(tmp_path: Path) -> None:
    """What is told between two tellings of another: the file is read more than once, the layouts are as many."""
    told = [at(1, template(256, FIELDS)), at(9, template(256, FIELDS)), at(5, template(256, TURNED)), at(6, RECORD)]
    rows, state = decode(tmp_path, pcap(*told))
    assert [(row["packets"], row["bytes"]) for row in rows] == [(3, 1500)]
    assert (sum(state.templates.fields.values()), state.templates.fields_of_all) == (4, 4)
    assert state.templates.fields == DecoderState.from_bytes(state.to_bytes()).templates.fields


def test_what_is_read_again_from_the_beginning_is_missed_again(tmp_path: Path) -> None:
    """Of what was told between two tellings nothing is known at first: data that come before it still wait for it."""
    told = [at(10, template(256, FIELDS)), at(1, template(256, FIELDS)), at(5, template(256, TURNED))]
    rows, state = in_files_of_their_own(tmp_path, [at(2, RECORD), *told])
    assert ([row["bytes"] for row in rows], state.summary().undecoded_sets) == ([3], 0)


def test_what_options_said_by_the_wrong_layout_is_forgotten(tmp_path: Path) -> None:
    """At 4 they told totals of exports; read by the layout of 9 alone, the first of these would be an interval."""
    layouts = [options_template(300, [(1, 4)], fields) for fields in ([(41, 4), (42, 4)], [(34, 4), (42, 4)])]
    told = at(4, flow_set(300, struct.pack(">III", 0, 7, 1000)))
    sent = [told, at(9, layouts[1]), at(1, layouts[0]), at(5, template(256, FIELDS), RECORD)]
    for order in permutations(sent):
        rows, state = in_files_of_their_own(tmp_path, list(order))
        assert [row["sampling_interval"] for row in rows] == [None]
        assert state.sampling.intervals == {}


def test_a_withdrawal_says_nothing_of_templates_that_come_first_behind_it(tmp_path: Path) -> None:
    data = ipfix.ipfix(RECORD, seconds=CLOCK)
    all_withdrawn = ipfix.ipfix(ipfix.withdrawal(2), seconds=CLOCK + 1)
    first_told = ipfix.ipfix(ipfix.template(256, TURNED), seconds=CLOCK + 2)
    rows, state = in_files_of_their_own(tmp_path, [data, all_withdrawn, first_told])
    assert ([row["bytes"] for row in rows], state.summary().undecoded_sets) == ([1500], 0)


@pytest.mark.parametrize("withdrawn", [2, 256], ids=["all", "this one"])
def test_a_withdrawal_counts_for_templates_that_come_later_in_the_files(tmp_path: Path, withdrawn: int) -> None:
    """Told at 0, withdrawn at 2: of records at 1 and 3 the second can't be read, in whatever order they come."""
    sets = [ipfix.template(256, TURNED), RECORD, ipfix.withdrawal(withdrawn), RECORD]
    sent = [ipfix.ipfix(one, seconds=CLOCK + n, sequence=n) for n, one in enumerate(sets)]
    for order in permutations(sent):
        rows, state = in_files_of_their_own(tmp_path, list(order))
        assert (len(rows), state.summary().undecoded_sets) == (1, 1)


def test_many_intervals_many_moments_and_many_layouts_cost_little(tmp_path: Path) -> None:
    """3,000 intervals, told at 400 moments, asked for by 400 layouts and at 400 moments."""
    options = options_template(300, [(2, 4)], [(34, 1)])
    told = flow_set(300, b"".join(struct.pack(">IB", number, 9) for number in range(3000)), padding=False)
    changes = [at(1 + n, flow_set(300, struct.pack(">IB", 7, 1 + n % 2)), RECORD) for n in range(400)]
    layouts = [template(1000 + n, [*FIELDS, (500 + n, 1)]) for n in range(400)]
    data = [at(1000 + n, layout, flow_set(1000 + n, ENDS + bytes(9))) for n, layout in enumerate(layouts)]
    content, began = pcap(at(0, options, template(256, FIELDS), told), *changes, *data), time.process_time()
    rows, _ = decode(tmp_path, content)
    assert time.process_time() - began < 5
    assert len(rows) == 800
    assert {row["sampling_interval"] for row in rows} == {None}


def test_what_is_told_again_and_read_again_is_left_to_the_next_day_once(tmp_path: Path) -> None:
    """The same state, whether the files had to be read once or more often."""
    told = [at(second, template(256, TURNED if second == 5 else FIELDS)) for second in (1, 3, 9, 5)]
    _, in_order = decode(tmp_path, pcap(*sorted(told)))
    _, late = decode(tmp_path, pcap(*told))
    assert late.to_bytes() == in_order.to_bytes()
    assert DecoderState.from_bytes(late.to_bytes()).to_bytes() == late.to_bytes()


def test_a_template_that_was_withdrawn_as_soon_as_it_was_told_is_not_left_to_the_next_day() -> None:
    state, domain = DecoderState(), Domain(bytes(16), 10, 7)
    state.templates.keep(domain, 256, Template((Field(8, 4),)), When(9))
    state.templates.withdraw(domain, 256, When(9))
    written = state.to_bytes()
    assert DecoderState.from_bytes(written).to_bytes() == written
