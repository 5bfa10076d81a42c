"""Any valid record comes back as it was written, and no change to an export raises anything but NotAnExport."""

import ipaddress
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.exports.formats import NotAnExport
from tests.formats import encoder, ipfix_encoder
from tests.formats.decoding import decode
from tests.formats.encoder import flow_set, pcap
from tests.formats.ipfix_encoder import REVERSE, VARIABLE, variable
from tests.formats.packet_encoder import ARP_TYPE, IPV4_TYPE, IPV6_TYPE, VLAN_TYPE, frame, ipv4, ipv6, tcp, udp
from tests.formats.sflow_encoder import (
    counter_sample,
    expanded_flow_sample,
    flow_sample,
    gateway,
    part,
    raw_header,
    router,
    sflow,
    switch,
)  # fmt: skip
from tests.fuzz import seeds

COLUMNS = {
    7: "src_port", 11: "dst_port", 4: "protocol", 6: "tcp_flags", 5: "tos", 1: "bytes", 2: "packets", 10: "in_if",
    14: "out_if", 16: "src_as", 17: "dst_as", 9: "src_mask", 13: "dst_mask", 58: "vlan", 61: "metering_direction",
}  # fmt: skip
LONGEST = {"protocol": 1, "tos": 1, "src_mask": 1, "dst_mask": 1, "metering_direction": 1, "bytes": 8, "packets": 8,
           "in_if": 4, "out_if": 4, "src_as": 4, "dst_as": 4}  # fmt: skip
ONE_WAY = {"bytes", "packets"}
OTHER_END = {"src_port": "dst_port", "in_if": "out_if", "src_as": "dst_as", "src_mask": "dst_mask"}
OTHER_END |= {other: one for one, other in OTHER_END.items()} | {"src_addr": "dst_addr", "dst_addr": "src_addr"}
UNKNOWN_ELEMENTS = range(500, 600)
checked = settings(max_examples=120, deadline=None, derandomize=True)


class Written(NamedTuple):
    """A template's fields, records as they were written, and the flows that they say."""

    fields: list[tuple[int, int] | tuple[int, int, int]]
    records: list[bytes]
    flows: list[dict[str, Any]]


@st.composite
def written(draw: st.DrawFn, *, is_ipfix: bool) -> Written:
    """Records of a template of known elements in any order and size, with unknown ones between them."""
    family, size = draw(st.sampled_from([((8, 12), 4), ((27, 28), 16)]))
    known = draw(st.lists(st.sampled_from(sorted(COLUMNS)), unique=True))
    sizes = {element: draw(st.integers(1, LONGEST.get(COLUMNS[element], 2))) for element in known}
    fields: list[Any] = [*((element, size) for element in family), *sizes.items()]
    unknown = st.tuples(st.sampled_from(UNKNOWN_ELEMENTS), st.integers(0, 9))
    if is_ipfix:
        variable_length = st.tuples(st.sampled_from(UNKNOWN_ELEMENTS), st.just(VARIABLE))
        of_enterprise = st.tuples(st.sampled_from([1, 8, 82, 152]), st.sampled_from([1, 4, VARIABLE]), st.just(9))
        unknown = st.one_of(unknown, variable_length, of_enterprise)
        fields += draw(st.sampled_from([[], [(1, 8, REVERSE), (2, 4, REVERSE)]]))
    fields = draw(st.permutations([*fields, *draw(st.lists(unknown, max_size=4))]))
    records, flows = [], []
    for _ in range(draw(st.integers(1, 4))):
        content, told, back = b"", dict[str, Any](), dict[str, Any]()
        for element, length, *enterprise in fields:
            value = draw(st.binary(max_size=300) if length == VARIABLE else st.binary(min_size=length, max_size=length))
            content += variable(value, long_form=draw(st.booleans())) if length == VARIABLE else value
            if enterprise == [REVERSE]:
                back[COLUMNS[element]] = int.from_bytes(value, "big")
            elif not enterprise and element in family:
                mapped = b"\0" * 10 + b"\xff\xff" + value if length == 4 else value
                told["src_addr" if element == family[0] else "dst_addr"] = mapped
            elif not enterprise and element in COLUMNS:
                told[COLUMNS[element]] = int.from_bytes(value, "big")
        records.append(content)
        flows.append(told)
        if back.get("packets") or back.get("bytes"):
            swapped = {OTHER_END.get(name, name): value for name, value in told.items() if name not in LEFT_BEHIND}
            flows.append({**swapped, **back})
    return Written(fields, records, flows)


LEFT_BEHIND = {*ONE_WAY, "tcp_flags", "metering_direction"}
READ = [*sorted(set(COLUMNS.values())), "src_addr", "dst_addr"]


def in_any_order(flows: list[dict[str, Any]]) -> list[str]:
    return sorted(repr([flow.get(name) for name in READ]) for flow in flows)


@checked
@given(told=written(is_ipfix=False))
def test_any_record_of_v9_comes_back(tmp_path_factory: pytest.TempPathFactory, told: Written) -> None:
    template = encoder.template(256, [(field[0], field[1]) for field in told.fields])
    data = flow_set(256, b"".join(told.records), padding=False)
    flows, state = decode(tmp_path_factory.getbasetemp(), pcap(encoder.v9(template, data)))
    assert in_any_order(flows) == in_any_order(told.flows)
    assert state.summary().data_records == len(told.records)


@checked
@given(told=written(is_ipfix=True))
def test_any_record_of_ipfix_comes_back(tmp_path_factory: pytest.TempPathFactory, told: Written) -> None:
    data = flow_set(256, b"".join(told.records), padding=False)
    message = ipfix_encoder.ipfix(ipfix_encoder.template(256, told.fields), data)
    flows, state = decode(tmp_path_factory.getbasetemp(), pcap(message))
    assert in_any_order(flows) == in_any_order(told.flows)
    assert state.summary().data_records == len(told.records)


@checked
@given(told=written(is_ipfix=True), late=st.booleans())
def test_a_record_is_the_same_whether_its_template_comes_before_or_after_it(
    tmp_path_factory: pytest.TempPathFactory, told: Written, late: bool
) -> None:
    data = [ipfix_encoder.ipfix(flow_set(256, one, padding=False), sequence=n) for n, one in enumerate(told.records)]
    template = ipfix_encoder.ipfix(ipfix_encoder.template(256, told.fields))
    different = list(dict.fromkeys(data))
    messages = [*different, template] if late else [template, *different]
    flows, state = decode(tmp_path_factory.getbasetemp(), pcap(*messages))
    assert in_any_order(flows) == in_any_order(told.flows)
    assert state.summary().undecoded_sets == 0


NUMBERS = st.integers(0, 2**32 - 1)
INDEX = st.integers(0, 2**30 - 2)


@st.composite
def sampled(draw: st.DrawFn) -> tuple[bytes, dict[str, Any] | None]:
    """A sample and the flow that it says, None if it is of no IP packet."""
    layer4, flags = draw(st.sampled_from([(tcp(0x1B), 0x1B), (udp(), None)]))
    protocol, vlan = 17 if flags is None else 6, draw(st.integers(0, 4095) | st.none())
    packet, kind, version = draw(
        st.sampled_from(
            [(ipv4(layer4, protocol), IPV4_TYPE, 4), (ipv6(layer4, protocol), IPV6_TYPE, 6), (b"x" * 30, ARP_TYPE, 0)]
        )
    )
    header = frame(kind, packet, *([] if vlan is None else [(VLAN_TYPE, vlan)]))
    records, told = [raw_header(header, draw(NUMBERS))], dict[str, Any](src_mask=None, src_as=None, vlan=vlan)
    if draw(st.booleans()):
        records.append(switch(told["vlan"] or 99))
        told["vlan"] = 99 if vlan is None else vlan
        if vlan == 0:
            records[-1] = switch(0)
    if draw(st.booleans()):
        told["src_mask"] = draw(st.integers(0, 128))
        records.append(router(draw(st.sampled_from(["192.0.2.1", "2001:db8::1", None])), told["src_mask"], 9))
    if draw(st.booleans()):
        told["src_as"] = draw(NUMBERS)
        records.append(
            gateway("192.0.2.1", 1, told["src_as"], *draw(st.lists(st.lists(NUMBERS, max_size=3), max_size=3)))
        )
    records += draw(st.lists(st.just(part(99, b"unknown")), max_size=2))
    write = draw(st.sampled_from([flow_sample, expanded_flow_sample]))
    rate, received = draw(st.integers(1, 2**32 - 1)), draw(INDEX)
    told |= {"bytes": struct.unpack_from(">I", records[0], 12)[0], "in_if": received, "sampling_interval": float(rate)}
    told |= {"ip_version": version, "protocol": protocol, "tcp_flags": flags, "layer3_bytes": len(packet)}
    index = received if write is flow_sample else (0, received)
    sample = write(*draw(st.permutations(records)), rate=rate, received=index)  # type: ignore[operator]
    return sample, told if version else None


@checked
@given(samples=st.lists(sampled(), min_size=1, max_size=5), agent=st.ip_addresses())
def test_any_sample_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    samples: list[tuple[bytes, dict[str, Any] | None]],
    agent: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    content = sflow(*(sample for sample, _ in samples), counter_sample(), agent=str(agent))
    flows, state = decode(tmp_path_factory.getbasetemp(), pcap(content))
    expected = [told for _, told in samples if told is not None]
    assert [{name: flow[name] for name in told} for flow, told in zip(flows, expected, strict=True)] == expected
    assert (state.summary().flow_samples, state.summary().counter_samples) == (len(samples), 1)


@st.composite
def changed(draw: st.DrawFn, good: bytes) -> bytes:
    """Bytes flipped, put in, left out, and the rest cut off."""
    content = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        content[at : at + draw(st.sampled_from([0, 1, 2, 4, 9]))] = draw(st.binary(max_size=6))
    return bytes(content[: draw(st.integers(0, len(content)))]) if draw(st.booleans()) else bytes(content)


EXPORTS: dict[str, Callable[[], list[bytes]]] = {
    "NetFlow v5": lambda: [pcap(*one) for one in seeds.v5_datagrams()],
    "NetFlow v9": lambda: [pcap(*one) for one in seeds.v9_datagrams()],
    "IPFIX": lambda: [pcap(*one) for one in seeds.ipfix_datagrams()],
    "sFlow": lambda: [pcap(*one) for one in seeds.sflow_datagrams()],
    "a raw datagram": lambda: [one for kind in (seeds.v9_datagrams, seeds.sflow_datagrams) for one in kind()[0]],
    "pcapng": seeds.pcapng_files,
    "compressed": seeds.compressed_files,
}


@pytest.mark.parametrize("kind", list(EXPORTS))
@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_no_change_raises(tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject) -> None:
    content = data.draw(st.sampled_from(EXPORTS[kind]()).flatmap(changed))
    try:
        flows, state = decode(tmp_path_factory.getbasetemp(), content)
    except NotAnExport as error:
        assert "\n" not in str(error)
    else:
        assert len(flows) == state.summary().flows
