"""pmacct's CSV and JSON, as its print, kafka and amqp plugins write them.

Belongs here: what its primitives are called in either (pmacct, CONFIG-KEYS `aggregate`), which lines are flows.
Does not belong here: reading files.

Times without a zone are read as UTC: set `timestamps_utc: true` (or RFC 3339) in pmacct. A row without
timestamp_start and timestamp_end belongs to its bin: from stamp_inserted to stamp_updated. Counters are as exported,
unless pmacct renormalises (`nfacctd_renormalize`, `sfacctd_renormalize`): then the source needs `is_scaled: true`.
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.formats._collectors import values
from assets.exports.formats._collectors.blocks import Tally
from assets.exports.formats._collectors.files import WINDOW_END, WINDOW_START, CollectorFile, Field
from assets.exports.formats._collectors.windows import RowWindow

TEXT = pa.string()
DIRECTIONS: Mapping[str, int | None] = {"i": 0, "e": 1, "u": None, "d": None, "0": 0, "1": 1}
# The same primitive in JSON and in the header of CSV.
PRIMITIVES = (
    ("peer_ip_src", "PEER_SRC_IP", Field("exporter", values.address, TEXT)),
    ("export_proto_sysid", "EXPORT_PROTO_SYSID", Field("observation_domain", values.number(pa.uint32()))),
    ("export_proto_seqno", "EXPORT_PROTO_SEQNO", Field("datagram_sequence", values.number(pa.uint32()))),
    (
        "sampling_rate",
        "SAMPLING_RATE",
        Field("sampling_interval", values.number(pa.float64(), zero_is_absent=True)),
    ),
    (
        "sampling_direction",
        "SAMPLING_DIRECTION",
        Field("metering_direction", values.one_of(DIRECTIONS, pa.uint8()), TEXT),
    ),
    ("timestamp_export", "TIMESTAMP_EXPORT", Field("received_at", values.moment(), TEXT)),
    ("timestamp_arrival", "TIMESTAMP_ARRIVAL", Field("received_at", values.moment(), TEXT)),
    ("timestamp_start", "TIMESTAMP_START", Field("start_at", values.moment(), TEXT)),
    ("timestamp_end", "TIMESTAMP_END", Field("end_at", values.moment(), TEXT)),
    ("stamp_inserted", "STAMP_INSERTED", Field(WINDOW_START, values.moment(), TEXT)),
    ("stamp_updated", "STAMP_UPDATED", Field(WINDOW_END, values.moment(), TEXT)),
    ("ip_src", "SRC_IP", Field("src_addr", values.address, TEXT)),
    ("ip_dst", "DST_IP", Field("dst_addr", values.address, TEXT)),
    ("port_src", "SRC_PORT", Field("src_port", values.number(pa.uint16()))),
    ("port_dst", "DST_PORT", Field("dst_port", values.number(pa.uint16()))),
    ("ip_proto", "PROTOCOL", Field("protocol", values.protocol, TEXT)),
    ("tcp_flags", "TCP_FLAGS", Field("tcp_flags", values.tcp_flags, TEXT)),
    ("tos", "TOS", Field("tos", values.number(pa.uint8()))),
    ("iface_in", "IN_IFACE", Field("in_if", values.number(pa.uint32(), zero_is_absent=True))),
    ("iface_out", "OUT_IFACE", Field("out_if", values.number(pa.uint32(), zero_is_absent=True))),
    ("as_src", "SRC_AS", Field("src_as", values.number(pa.uint32(), zero_is_absent=True))),
    ("as_dst", "DST_AS", Field("dst_as", values.number(pa.uint32(), zero_is_absent=True))),
    ("mask_src", "SRC_MASK", Field("src_mask", values.prefix_length)),
    ("mask_dst", "DST_MASK", Field("dst_mask", values.prefix_length)),
    ("peer_ip_dst", "PEER_DST_IP", Field("next_hop", values.next_hop, TEXT)),
    ("vlan", "VLAN", Field("vlan", values.number(pa.uint16(), zero_is_absent=True))),
    ("packets", "PACKETS", Field("packets", values.number(pa.uint64()))),
    ("bytes", "BYTES", Field("bytes", values.number(pa.uint64()))),
)
# Names that differ in case alone are one field.
FIELDS = {
    **{in_json: told for in_json, _, told in PRIMITIVES},
    **{in_csv: told for in_json, in_csv, told in PRIMITIVES if in_csv.lower() != in_json},
}


def flows(table: pa.Table, tally: Tally) -> pa.Table:
    """The rows that are flows: kafka and amqp also carry when a purge began and how it ended."""
    if "event_type" not in table.column_names:
        return table
    is_flow = pc.fill_null(pc.equal(table["event_type"], "purge"), True)
    tally.leave_out("lines tell of a purge and are not flows", table.num_rows - (pc.sum(is_flow).as_py() or 0))
    return table.filter(is_flow)


FILES = CollectorFile(
    name="pmacct",
    title="pmacct",
    fields=FIELDS,
    signatures=(
        frozenset({"eventtype", "ipsrc", "ipdst", "packets", "bytes"}),
        frozenset({"srcip", "dstip", "packets", "bytes"}),
    ),
    remedy="aggregate by src_host and dst_host, and print_output csv or json",
    prepare=flows,
    window=RowWindow(WINDOW_START, WINDOW_END),
    extra_fields=("event_type",),
)
records = FILES.records


def begins(beginning: bytes) -> bool:
    """Whether a file begins with pmacct's primitives, or with the line that announces a purge."""
    return FILES.begins(beginning) or b'"purge_init"' in beginning.partition(b"\n")[0]
