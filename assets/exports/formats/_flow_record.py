"""The flow record: the Arrow schema that every format yields, one row per flow as exported.

Belongs here: columns, types and their meaning. Does not belong here: how a format fills them.
"""

import pyarrow as pa

ADDRESS = pa.binary(16)
MOMENT = pa.timestamp("ms", tz="UTC")
NAME = pa.dictionary(pa.int32(), pa.string())
# What a column of bytes says it holds: addresses of hosts are let go by their age, those of routers are not.
OF_HOSTS = {"holds": "address"}
OF_ROUTERS = {"holds": "router"}

FLOW_RECORD = pa.schema(
    [
        pa.field("export_on", pa.date32()),
        pa.field("source_file", NAME),
        pa.field("datagram_sequence", pa.uint32()),
        pa.field("exporter", ADDRESS, metadata=OF_ROUTERS),
        pa.field("observation_domain", pa.uint32()),
        pa.field("flow_protocol", NAME),
        pa.field("received_at", MOMENT),
        pa.field("start_at", MOMENT),
        pa.field("end_at", MOMENT),
        pa.field("src_addr", ADDRESS, metadata=OF_HOSTS),
        pa.field("dst_addr", ADDRESS, metadata=OF_HOSTS),
        pa.field("ip_version", pa.uint8()),
        pa.field("src_port", pa.uint16()),
        pa.field("dst_port", pa.uint16()),
        pa.field("protocol", pa.uint8()),
        pa.field("tcp_flags", pa.uint16()),
        pa.field("tos", pa.uint8()),
        pa.field("bytes", pa.uint64()),
        pa.field("packets", pa.uint64()),
        pa.field("layer3_bytes", pa.uint64()),
        pa.field("sampling_interval", pa.float64()),
        pa.field("sampling_source", NAME),
        pa.field("sampler_id", pa.uint32()),
        pa.field("is_scaled", pa.bool_()),
        pa.field("in_if", pa.uint32()),
        pa.field("out_if", pa.uint32()),
        pa.field("src_as", pa.uint32()),
        pa.field("dst_as", pa.uint32()),
        pa.field("src_mask", pa.uint8()),
        pa.field("dst_mask", pa.uint8()),
        pa.field("next_hop", ADDRESS, metadata=OF_HOSTS),
        pa.field("vlan", pa.uint16()),
        pa.field("metering_direction", pa.uint8()),
        pa.field("src_range", pa.int32()),
        pa.field("dst_range", pa.int32()),
        pa.field("plan_as_of", pa.date32()),
    ]
)
"""Addresses are 16 bytes (IPv4 mapped), times milliseconds UTC, counters as exported; absent is null, never 0.

`received_at` is the export time: the header's clock, or the capture's where the protocol has none (sFlow).
The last three columns and `export_on` are filled when the day is resolved against the address plan.
"""

STATISTICS = ("export_on", "received_at", "start_at", "end_at")
"""The columns by which a reader may skip row groups; statistics of the others cost a tenth of the writing."""

HARDLY_REPEATED = ("datagram_sequence", "received_at", "start_at", "end_at")
"""The columns of which a dictionary costs more time and room than their values."""
