"""GoFlow2's JSON lines (`-format json`), of version 2 and 1, and CSV with the same names.

Belongs here: what its fields mean (netsampler/goflow2, pb/flow.proto and producer/proto).
Does not belong here: reading files.

Numbers are protobuf 3: 0 also stands for what no exporter told, so interfaces, AS numbers, VLANs and prefix lengths of
0 are null, as is a sampling rate of 0. Of sFlow, `bytes` is the frame's length as sampled, with its link header;
GoFlow2 writes no length of the IP packet, so layer3_bytes stays null and the bits of such rows are a little high.
"""

import pyarrow as pa

from assets.exports.formats._collectors import values
from assets.exports.formats._collectors.files import CollectorFile, Field

TEXT = pa.string()
PROTOCOLS = {
    "sflow_5": "sflow_v5", "netflow_v5": "netflow_v5", "netflow_v9": "netflow_v9", "ipfix": "ipfix",
    "flowunknown": None, "0": None, "1": "sflow_v5", "2": "netflow_v5", "3": "netflow_v9", "4": "ipfix",
}  # fmt: skip
FIELDS = {
    "type": Field("flow_protocol", values.one_of(PROTOCOLS, TEXT), TEXT),
    "sequence_num": Field("datagram_sequence", values.number(pa.uint32())),
    "sampler_address": Field("exporter", values.address, TEXT),
    "observation_domain_id": Field("observation_domain", values.number(pa.uint32())),
    "sampling_rate": Field("sampling_interval", values.number(pa.float64(), zero_is_absent=True)),
    "time_received_ns": Field("received_at", values.moment("ns")),
    "TimeReceived": Field("received_at", values.moment("s")),
    "time_flow_start_ns": Field("start_at", values.moment("ns")),
    "TimeFlowStartMs": Field("start_at", values.moment("ms")),
    "TimeFlowStart": Field("start_at", values.moment("s")),
    "time_flow_end_ns": Field("end_at", values.moment("ns")),
    "TimeFlowEndMs": Field("end_at", values.moment("ms")),
    "TimeFlowEnd": Field("end_at", values.moment("s")),
    "src_addr": Field("src_addr", values.address, TEXT),
    "dst_addr": Field("dst_addr", values.address, TEXT),
    "src_port": Field("src_port", values.number(pa.uint16())),
    "dst_port": Field("dst_port", values.number(pa.uint16())),
    "proto": Field("protocol", values.protocol, TEXT),
    "tcp_flags": Field("tcp_flags", values.number(pa.uint16())),
    "ip_tos": Field("tos", values.number(pa.uint8())),
    "bytes": Field("bytes", values.number(pa.uint64())),
    "packets": Field("packets", values.number(pa.uint64())),
    "in_if": Field("in_if", values.number(pa.uint32(), zero_is_absent=True)),
    "out_if": Field("out_if", values.number(pa.uint32(), zero_is_absent=True)),
    "src_as": Field("src_as", values.number(pa.uint32(), zero_is_absent=True)),
    "dst_as": Field("dst_as", values.number(pa.uint32(), zero_is_absent=True)),
    "src_net": Field("src_mask", values.prefix_length, TEXT),
    "dst_net": Field("dst_mask", values.prefix_length, TEXT),
    "next_hop": Field("next_hop", values.next_hop, TEXT),
    "vlan_id": Field("vlan", values.number(pa.uint16(), zero_is_absent=True)),
    "src_vlan": Field("vlan", values.number(pa.uint16(), zero_is_absent=True)),
    "flow_direction": Field("metering_direction", values.number(pa.uint8())),
}
FILES = CollectorFile(
    name="goflow2",
    title="GoFlow2",
    fields=FIELDS,
    signatures=(frozenset({"sampleraddress", "srcaddr", "dstaddr", "bytes"}),),
    remedy="have goflow2 write -format json with sampler_address, src_addr, dst_addr, bytes and times",
)
begins, records = FILES.begins, FILES.records
