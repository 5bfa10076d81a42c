"""Which of the intervals that options tell a record has: by its interface, line card or sampler, and never the last."""

import ipaddress
import struct
from pathlib import Path

import pytest

from tests.formats import encoder, ipfix_encoder
from tests.formats.decoding import decode
from tests.formats.encoder import flow_set, pcap
from tests.formats.ipfix_encoder import ipfix

ENDS = ipaddress.ip_address("198.51.100.7").packed + ipaddress.ip_address("203.0.113.9").packed
SYSTEM, INTERFACE, LINE_CARD, CACHE = 1, 2, 3, 4
IN_IF, OUT_IF, DIRECTION = (10, 4), (14, 4), (61, 1)
NUMBER = ">I"
Told = list[tuple[list[tuple[int, int]], list[int]]]


def v9(told: Told, layout: list[tuple[int, int]], *records: list[int]) -> bytes:
    """A datagram whose options tell intervals in scopes of 4 bytes, and then the records."""
    sets = []
    for number, (scope, values) in enumerate(told):
        row = b"".join(struct.pack(NUMBER, value) for value in values)
        sets += [encoder.options_template(300 + number, scope, [(34, 4)]), flow_set(300 + number, row)]
    sets += [encoder.template(256, [(8, 4), (12, 4), *layout]), flow_set(256, written(layout, records))]
    return encoder.v9(*sets)


def of_ipfix(told: Told, layout: list[tuple[int, int]], *records: list[int]) -> bytes:
    sets = []
    for number, (scope, values) in enumerate(told):
        row = b"".join(struct.pack(NUMBER, value) for value in values)
        sets += [ipfix_encoder.options_template(300 + number, scope, [(34, 4)]), flow_set(300 + number, row)]
    sets += [ipfix_encoder.template(256, [(8, 4), (12, 4), *layout]), flow_set(256, written(layout, records))]
    return ipfix(*sets)


def written(layout: list[tuple[int, int]], records: tuple[list[int], ...]) -> bytes:
    return b"".join(
        ENDS + b"".join(value.to_bytes(length, "big") for value, (_, length) in zip(record, layout, strict=True))
        for record in records
    )


def intervals(folder: Path, datagram: bytes) -> list[float | None]:
    rows, _ = decode(folder, pcap(datagram))
    return [row["sampling_interval"] for row in rows]


TWO_INTERFACES: Told = [([(INTERFACE, 4)], [1, 10, 2, 20])]


def test_an_interface_of_v9_is_where_the_record_was_metered(tmp_path: Path) -> None:
    """Metered on arrival at interface 1, on leaving by interface 2."""
    sent = v9(TWO_INTERFACES, [IN_IF, OUT_IF, DIRECTION], [1, 2, 0], [1, 2, 1])
    assert intervals(tmp_path, sent) == [10.0, 20.0]


def test_without_a_direction_the_interface_of_arrival_comes_first(tmp_path: Path) -> None:
    sent = v9(TWO_INTERFACES, [IN_IF, OUT_IF], [1, 2], [2, 1], [9, 2], [1, 9])
    assert intervals(tmp_path, sent) == [10.0, 20.0, 20.0, 10.0]


def test_a_direction_leaves_the_other_interface_out(tmp_path: Path) -> None:
    """Of what arrived at interface 9 no interval is told, and those of the others differ."""
    sent = v9(TWO_INTERFACES, [IN_IF, OUT_IF, DIRECTION], [9, 2, 0], [1, 9, 1])
    assert intervals(tmp_path, sent) == [None, None]


def test_an_interface_that_nothing_is_told_of_has_what_all_others_have(tmp_path: Path) -> None:
    layout = [IN_IF]
    assert intervals(tmp_path, v9([([(INTERFACE, 4)], [1, 10, 2, 10])], layout, [1], [9])) == [10.0, 10.0]
    assert intervals(tmp_path, v9(TWO_INTERFACES, layout, [1], [9])) == [10.0, None]


def test_records_that_tell_no_interface_have_what_all_agree_on(tmp_path: Path) -> None:
    agreed, differing = [([(INTERFACE, 4)], [1, 10, 2, 10])], TWO_INTERFACES
    assert intervals(tmp_path, v9(agreed, [(1, 4)], [40])) == [10.0]
    assert intervals(tmp_path, v9(differing, [(1, 4)], [40])) == [None]


@pytest.mark.parametrize("wide_first", [True, False])
def test_an_interface_s_interval_comes_before_the_domain_s(tmp_path: Path, wide_first: bool) -> None:
    wide: Told = [([(SYSTEM, 4)], [0, 500])]
    told = wide + TWO_INTERFACES if wide_first else TWO_INTERFACES + wide
    assert intervals(tmp_path, v9(told, [IN_IF], [1], [2], [9])) == [10.0, 20.0, 500.0]


def test_a_system_scope_without_bytes_is_the_whole_domain(tmp_path: Path) -> None:
    assert intervals(tmp_path, v9([([(SYSTEM, 0)], [100])], [IN_IF], [1])) == [100.0]


@pytest.mark.parametrize("element", [39, 141], ids=["engine id", "line card"])
def test_a_line_card_s_interval_is_that_of_its_records(tmp_path: Path, element: int) -> None:
    told: Told = [([(LINE_CARD, 4)], [3, 30, 4, 40])]
    assert intervals(tmp_path, v9(told, [(element, 1)], [3], [4], [5])) == [30.0, 40.0, None]


@pytest.mark.parametrize(
    ("scope", "values", "expected"),
    [
        ([(10, 4)], [1, 10, 2, 20], [10.0, 10.0, None]),
        ([(14, 4)], [1, 10, 2, 20], [20.0, None, 10.0]),
        ([(141, 4)], [7, 70, 8, 80], [70.0, 80.0, 80.0]),
        ([(149, 4), (10, 4)], [7, 1, 10, 7, 2, 20], [10.0, 10.0, None]),
        ([(149, 4)], [7, 100], [100.0, 100.0, 100.0]),
        ([(130, 4), (143, 4)], [0, 0, 100], [100.0, 100.0, 100.0]),
    ],
    ids=["ingress", "egress", "line card", "domain and ingress", "domain", "exporter and process"],
)
def test_scopes_of_ipfix(
    tmp_path: Path, scope: list[tuple[int, int]], values: list[int], expected: list[float | None]
) -> None:
    """Records from interface 1 to 2, from 1 to 3 and from 9 to 1, of line cards 7, 8 and 8."""
    sent = of_ipfix([(scope, values)], [IN_IF, OUT_IF, (141, 4)], [1, 2, 7], [1, 3, 8], [9, 1, 8])
    assert intervals(tmp_path, sent) == expected


def test_a_selector_s_interval_counts_on_its_interface(tmp_path: Path) -> None:
    told: Told = [([(302, 4), (10, 4)], [5, 1, 10, 5, 2, 20, 6, 1, 60])]
    sent = of_ipfix(told, [(302, 4), IN_IF], [5, 1], [5, 2], [6, 1], [6, 2])
    assert intervals(tmp_path, sent) == [10.0, 20.0, 60.0, None]


@pytest.mark.parametrize(("form", "size"), [(">f", 4), (">d", 8)])
def test_a_probability_is_one_by_the_interval(tmp_path: Path, form: str, size: int) -> None:
    """0.001 in either size is 1 of 1,000; a half that a record says itself is 1 of 2; 0 and -1 say nothing."""
    options = ipfix_encoder.options_template(300, [(149, 4)], [(311, size)])
    told = flow_set(300, struct.pack(">I", 7) + struct.pack(form, 0.001), padding=False)
    layout = ipfix_encoder.template(256, [(8, 4), (12, 4), (311, size)])
    data = flow_set(256, b"".join(ENDS + struct.pack(form, one) for one in (0.5, 0.0, -1.0, 0.003)), padding=False)
    rows, _ = decode(tmp_path, pcap(ipfix(options, told, layout, data)))
    assert [(row["sampling_interval"], row["sampling_source"]) for row in rows] == [
        (2.0, "record"),
        (1000.0, "options"),
        (1000.0, "options"),
        (pytest.approx(1000 / 3, rel=1e-6), "record"),
    ]
