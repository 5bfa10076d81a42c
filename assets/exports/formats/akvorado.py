"""Akvorado's flows: rows of its ClickHouse table as JSONEachRow, CSVWithNames, TSVWithNames or Parquet, and its JSON.

Belongs here: what its columns mean (akvorado/akvorado, common/schema and the older inlet/flow protobuf).
Does not belong here: reading files.

Bytes and packets are as sampled: Akvorado multiplies by SamplingRate when it is asked. A flow has one time, when it was
received. AS numbers are those that Akvorado decided on, from the flow, BGP or its own database. Its interfaces are
names, for which the flow record has no place; only the outlet's own JSON has their numbers.
"""

from collections.abc import Mapping

import pyarrow as pa

from assets.exports.formats._collectors import values
from assets.exports.formats._collectors.files import CollectorFile, Told

TEXT = pa.string()
DIRECTIONS: Mapping[str, int | None] = {"undefined": None, "ingress": 0, "egress": 1, "0": None, "1": 0, "2": 1}
FIELDS = {
    "ExporterAddress": Told("exporter", values.address, TEXT),
    "SequenceNum": Told("datagram_sequence", values.number(pa.uint32())),
    "SamplingRate": Told("sampling_interval", values.number(pa.float64(), zero_is_absent=True)),
    "TimeReceived": Told("received_at", values.moment("s"), TEXT),
    "TimeFlowStart": Told("start_at", values.moment("s")),
    "TimeFlowEnd": Told("end_at", values.moment("s")),
    "SrcAddr": Told("src_addr", values.address, TEXT),
    "DstAddr": Told("dst_addr", values.address, TEXT),
    "SrcPort": Told("src_port", values.number(pa.uint16())),
    "DstPort": Told("dst_port", values.number(pa.uint16())),
    "Proto": Told("protocol", values.protocol),
    "TCPFlags": Told("tcp_flags", values.number(pa.uint16())),
    "IPTos": Told("tos", values.number(pa.uint8())),
    "Bytes": Told("bytes", values.number(pa.uint64())),
    "Packets": Told("packets", values.number(pa.uint64())),
    "InIf": Told("in_if", values.number(pa.uint32(), zero_is_absent=True)),
    "OutIf": Told("out_if", values.number(pa.uint32(), zero_is_absent=True)),
    "SrcAS": Told("src_as", values.number(pa.uint32(), zero_is_absent=True)),
    "DstAS": Told("dst_as", values.number(pa.uint32(), zero_is_absent=True)),
    "SrcNetMask": Told("src_mask", values.prefix_length),
    "DstNetMask": Told("dst_mask", values.prefix_length),
    "NextHop": Told("next_hop", values.next_hop, TEXT),
    "SrcVlan": Told("vlan", values.number(pa.uint16(), zero_is_absent=True)),
    "VlanID": Told("vlan", values.number(pa.uint16(), zero_is_absent=True)),
    "FlowDirection": Told("metering_direction", values.one_of(DIRECTIONS, pa.uint8()), TEXT),
}
FILES = CollectorFile(
    name="akvorado",
    title="Akvorado",
    fields=FIELDS,
    signatures=(frozenset({"exporteraddress", "samplingrate", "srcaddr", "dstaddr", "bytes"}),),
    remedy="select TimeReceived, ExporterAddress, SamplingRate, SrcAddr, DstAddr, Bytes, Packets from table flows",
)
begins, records = FILES.begins, FILES.records
