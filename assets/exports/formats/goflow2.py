"""GoFlow2's JSON lines (`-format json`), of version 2 and 1, and CSV with the same names.

Belongs here: what its fields mean (netsampler/goflow2, pb/flow.proto and producer/proto).
Does not belong here: reading files.

Numbers are protobuf 3: 0 also stands for what no exporter told, so interfaces, AS numbers, VLANs and prefix lengths of
0 are null, as is a sampling rate of 0. Of sFlow, `bytes` is the frame's length as sampled, with its link header;
GoFlow2 writes no length of the IP packet, so layer3_bytes stays null and the bits of such rows are a little high.
"""

import pyarrow as pa

from assets.exports.formats._collectors import values
from assets.exports.formats._collectors.files import CollectorFile, Told

TEXT = pa.string()
PROTOCOLS = {
    "sflow_5": "sflow_v5", "netflow_v5": "netflow_v5", "netflow_v9": "netflow_v9", "ipfix": "ipfix",
    "flowunknown": None, "0": None, "1": "sflow_v5", "2": "netflow_v5", "3": "netflow_v9", "4": "ipfix",
}  # fmt: skip
FIELDS = {
    "type": Told("flow_protocol", values.one_of(PROTOCOLS, TEXT), TEXT),
    "sequence_num": Told("datagram_sequence", values.number(pa.uint32())),
    "sampler_address": Told("exporter", values.address, TEXT),
    "observation_domain_id": Told("observation_domain", values.number(pa.uint32())),
    "sampling_rate": Told("sampling_interval", values.number(pa.float64(), zero_is_absent=True)),
    "time_received_ns": Told("received_at", values.moment("ns")),
    "TimeReceived": Told("received_at", values.moment("s")),
    "time_flow_start_ns": Told("start_at", values.moment("ns")),
    "TimeFlowStartMs": Told("start_at", values.moment("ms")),
    "TimeFlowStart": Told("start_at", values.moment("s")),
    "time_flow_end_ns": Told("end_at", values.moment("ns")),
    "TimeFlowEndMs": Told("end_at", values.moment("ms")),
    "TimeFlowEnd": Told("end_at", values.moment("s")),
    "src_addr": Told("src_addr", values.address, TEXT),
    "dst_addr": Told("dst_addr", values.address, TEXT),
    "src_port": Told("src_port", values.number(pa.uint16())),
    "dst_port": Told("dst_port", values.number(pa.uint16())),
    "proto": Told("protocol", values.protocol, TEXT),
    "tcp_flags": Told("tcp_flags", values.number(pa.uint16())),
    "ip_tos": Told("tos", values.number(pa.uint8())),
    "bytes": Told("bytes", values.number(pa.uint64())),
    "packets": Told("packets", values.number(pa.uint64())),
    "in_if": Told("in_if", values.number(pa.uint32(), zero_is_absent=True)),
    "out_if": Told("out_if", values.number(pa.uint32(), zero_is_absent=True)),
    "src_as": Told("src_as", values.number(pa.uint32(), zero_is_absent=True)),
    "dst_as": Told("dst_as", values.number(pa.uint32(), zero_is_absent=True)),
    "src_net": Told("src_mask", values.prefix_length, TEXT),
    "dst_net": Told("dst_mask", values.prefix_length, TEXT),
    "next_hop": Told("next_hop", values.next_hop, TEXT),
    "vlan_id": Told("vlan", values.number(pa.uint16(), zero_is_absent=True)),
    "src_vlan": Told("vlan", values.number(pa.uint16(), zero_is_absent=True)),
    "flow_direction": Told("metering_direction", values.number(pa.uint8())),
}
FILES = CollectorFile(
    name="goflow2",
    title="GoFlow2",
    fields=FIELDS,
    signatures=(frozenset({"sampleraddress", "srcaddr", "dstaddr", "bytes"}),),
    remedy="have goflow2 write -format json with sampler_address, src_addr, dst_addr, bytes and times",
)
begins, records = FILES.begins, FILES.records
