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
from assets.exports.formats._collectors.files import CollectorFile, Field

TEXT = pa.string()
DIRECTIONS: Mapping[str, int | None] = {"undefined": None, "ingress": 0, "egress": 1, "0": None, "1": 0, "2": 1}
FIELDS = {
    "ExporterAddress": Field("exporter", values.address, TEXT),
    "SequenceNum": Field("datagram_sequence", values.number(pa.uint32())),
    "SamplingRate": Field("sampling_interval", values.number(pa.float64(), zero_is_absent=True)),
    "TimeReceived": Field("received_at", values.moment("s"), TEXT),
    "TimeFlowStart": Field("start_at", values.moment("s")),
    "TimeFlowEnd": Field("end_at", values.moment("s")),
    "SrcAddr": Field("src_addr", values.address, TEXT),
    "DstAddr": Field("dst_addr", values.address, TEXT),
    "SrcPort": Field("src_port", values.number(pa.uint16())),
    "DstPort": Field("dst_port", values.number(pa.uint16())),
    "Proto": Field("protocol", values.protocol),
    "TCPFlags": Field("tcp_flags", values.number(pa.uint16())),
    "IPTos": Field("tos", values.number(pa.uint8())),
    "Bytes": Field("bytes", values.number(pa.uint64())),
    "Packets": Field("packets", values.number(pa.uint64())),
    "InIf": Field("in_if", values.number(pa.uint32(), zero_is_absent=True)),
    "OutIf": Field("out_if", values.number(pa.uint32(), zero_is_absent=True)),
    "SrcAS": Field("src_as", values.number(pa.uint32(), zero_is_absent=True)),
    "DstAS": Field("dst_as", values.number(pa.uint32(), zero_is_absent=True)),
    "SrcNetMask": Field("src_mask", values.prefix_length),
    "DstNetMask": Field("dst_mask", values.prefix_length),
    "NextHop": Field("next_hop", values.next_hop, TEXT),
    "SrcVlan": Field("vlan", values.number(pa.uint16(), zero_is_absent=True)),
    "VlanID": Field("vlan", values.number(pa.uint16(), zero_is_absent=True)),
    "FlowDirection": Field("metering_direction", values.one_of(DIRECTIONS, pa.uint8()), TEXT),
}
FILES = CollectorFile(
    name="akvorado",
    title="Akvorado",
    fields=FIELDS,
    signatures=(frozenset({"exporteraddress", "samplingrate", "srcaddr", "dstaddr", "bytes"}),),
    remedy="select TimeReceived, ExporterAddress, SamplingRate, SrcAddr, DstAddr, Bytes, Packets from table flows",
)
begins, records = FILES.begins, FILES.records
