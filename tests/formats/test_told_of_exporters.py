"""What exporters tell of themselves beside flows: names of interfaces in options, and their clocks."""

import struct
from pathlib import Path

from assets.exports.formats import DecoderState, decode_files
from assets.exports.formats._interface_names import InterfaceName
from tests.formats import ipfix_encoder
from tests.formats.encoder import CLOCK, flow_set, options_template, pcap, v5, v5_record, v9
from tests.formats.ipfix_encoder import VARIABLE, ipfix, variable

ROUTER = bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 1])


def state_of(folder: Path, *datagrams: bytes) -> DecoderState:
    path = folder / "one.pcap"
    path.write_bytes(pcap(*datagrams))
    state = DecoderState()
    list(decode_files([path], state))
    return state


def test_netflow_v9_names_interfaces_by_a_field_beside_the_system(tmp_path: Path) -> None:
    """As Cisco's `option interface-table` does; fixed fields are filled with zeros."""
    shape = options_template(300, [(1, 4)], [(10, 4), (82, 8), (83, 12)])
    rows = struct.pack(">II8s12sII8s12s", 1, 3, b"Te0/1", b"to  AS64500\n", 1, 4, b"Te0/2", b"")
    state = state_of(tmp_path, v9(shape, flow_set(300, rows)))
    assert state.interface_names.names == {
        (ROUTER, 3): InterfaceName("Te0/1", "to AS64500"),
        (ROUTER, 4): InterfaceName("Te0/2", ""),
    }


def test_netflow_v9_names_interfaces_by_their_scope(tmp_path: Path) -> None:
    shape = options_template(300, [(2, 2)], [(82, 4)])
    state = state_of(tmp_path, v9(shape, flow_set(300, struct.pack(">H4s", 7, b"ae7"))))
    assert state.interface_names.names == {(ROUTER, 7): InterfaceName("ae7", "")}


def test_ipfix_names_interfaces_in_strings_of_any_length(tmp_path: Path) -> None:
    shape = ipfix_encoder.options_template(300, [(10, 4)], [(82, VARIABLE), (83, VARIABLE)])
    rows = b"".join(
        struct.pack(">I", index) + variable(name) + variable(b"core", long_form=True)
        for index, name in ((501, b"et-0/0/1"), (502, "süd".encode()))
    )
    state = state_of(tmp_path, ipfix(shape, flow_set(300, rows, padding=False)))
    assert state.interface_names.names == {
        (ROUTER, 501): InterfaceName("et-0/0/1", "core"),
        (ROUTER, 502): InterfaceName("süd", "core"),
    }


def test_a_name_told_later_takes_the_place_of_the_first(tmp_path: Path) -> None:
    shape = options_template(300, [(2, 2)], [(82, 4)])
    names = (flow_set(300, struct.pack(">H4s", 7, name)) for name in (b"ae7", b"ae8"))
    state = state_of(tmp_path, *(v9(shape, one, sequence=number) for number, one in enumerate(names)))
    assert state.interface_names.names == {(ROUTER, 7): InterfaceName("ae8", "")}


def test_a_record_cut_short_names_nothing(tmp_path: Path) -> None:
    shape = ipfix_encoder.options_template(300, [(10, 4)], [(82, VARIABLE)])
    rows = struct.pack(">I", 501) + variable(b"et-0") + struct.pack(">I", 502) + b"\x09et"
    state = state_of(tmp_path, ipfix(shape, flow_set(300, rows, padding=False)))
    assert state.interface_names.names == {(ROUTER, 501): InterfaceName("et-0", "")}


def test_a_clock_that_is_an_hour_ahead_shows_beside_the_capture(tmp_path: Path) -> None:
    """The capture takes a datagram a second from CLOCK on, and the second one comes without delay."""
    late = v5(v5_record(), seconds=CLOCK + 3600 - 9)
    state = state_of(tmp_path, late, v5(v5_record(), sequence=1, seconds=CLOCK + 3600 + 1))
    assert state.clocks.least_delay_ms == {ROUTER: -3_600_000}
