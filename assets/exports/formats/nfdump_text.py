"""nfdump's CSV (1.6, 1.7 and the named columns since 1.7.4), and its JSON, an array or a line a flow.

Belongs here: what its columns mean (phaag/nfdump, src/output). Does not belong here: reading files; nfcapd's own files.

nfcapd multiplied bytes and packets where it knew the sampling, and writes no interval: such rows are scaled. JSON says
of each record whether it was so; CSV does not, and all its rows count as scaled. Times are in the time zone of the
machine on which nfdump ran and are read as UTC: run it with TZ=UTC.
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.formats._collectors import values
from assets.exports.formats._collectors.blocks import Tally
from assets.exports.formats._collectors.files import DURATION, CollectorFile, Field

TEXT = pa.string()
DIRECTIONS: Mapping[str, int | None] = {"0": 0, "1": 1, "i": 0, "e": 1, "ingress": 0, "egress": 1, "none": None}
SCALED: Mapping[str, bool] = {"0": False, "1": True}

SRC_ADDR, DST_ADDR = Field("src_addr", values.address, TEXT), Field("dst_addr", values.address, TEXT)
EXPORTER, NEXT_HOP = Field("exporter", values.next_hop, TEXT), Field("next_hop", values.next_hop, TEXT)
START, END = Field("start_at", values.moment("ms"), TEXT), Field("end_at", values.moment("ms"), TEXT)
RECEIVED, LASTED = Field("received_at", values.moment("ms"), TEXT), Field(DURATION, values.duration_ms, TEXT)
SRC_PORT, DST_PORT = Field("src_port", values.number(pa.uint16())), Field("dst_port", values.port, TEXT)
PROTOCOL, FLAGS = Field("protocol", values.protocol, TEXT), Field("tcp_flags", values.tcp_flags, TEXT)
TOS = Field("tos", values.number(pa.uint8()))
BYTES, PACKETS = Field("bytes", values.number(pa.uint64())), Field("packets", values.number(pa.uint64()))
IN_IF = Field("in_if", values.number(pa.uint32(), zero_is_absent=True))
OUT_IF = Field("out_if", values.number(pa.uint32(), zero_is_absent=True))
SRC_AS = Field("src_as", values.number(pa.uint32(), zero_is_absent=True))
DST_AS = Field("dst_as", values.number(pa.uint32(), zero_is_absent=True))
SRC_MASK, DST_MASK = Field("src_mask", values.prefix_length), Field("dst_mask", values.prefix_length)
VLAN = Field("vlan", values.number(pa.uint16(), zero_is_absent=True))
DIRECTION = Field("metering_direction", values.one_of(DIRECTIONS, pa.uint8()), TEXT)

CSV_1_7 = {
    "ts": START, "te": END, "td": LASTED, "tr": RECEIVED, "sa": SRC_ADDR, "da": DST_ADDR, "sp": SRC_PORT,
    "dp": DST_PORT, "pr": PROTOCOL, "flg": FLAGS, "stos": TOS, "ipkt": PACKETS, "ibyt": BYTES, "in": IN_IF,
    "out": OUT_IF, "sas": SRC_AS, "das": DST_AS, "smk": SRC_MASK, "dmk": DST_MASK, "dir": DIRECTION, "nh": NEXT_HOP,
    "svln": VLAN, "ra": EXPORTER,
}  # fmt: skip
CSV_NAMED = {
    "firstSeen": START, "lastSeen": END, "duration": LASTED, "received": RECEIVED, "srcAddr": SRC_ADDR,
    "dstAddr": DST_ADDR, "srcPort": SRC_PORT, "dstPort": DST_PORT, "proto": PROTOCOL, "flags": FLAGS, "srcTos": TOS,
    "tos": TOS, "packets": PACKETS, "inPackets": PACKETS, "bytes": BYTES, "inBytes": BYTES, "input": IN_IF,
    "output": OUT_IF, "srcAS": SRC_AS, "dstAS": DST_AS, "srcMask": SRC_MASK, "dstMask": DST_MASK,
    "direction": DIRECTION, "nextIP": NEXT_HOP, "srcVlan": VLAN, "routerIP": EXPORTER,
    "obsDomainID": Field("observation_domain", values.hexadecimal(pa.uint32()), TEXT),
}  # fmt: skip
# Names that CSV has too ("received", "proto", "src_port", "in_bytes", "direction" ...) stand there.
JSON = {
    "first": START, "last": END, "src4_addr": SRC_ADDR, "src6_addr": SRC_ADDR, "dst4_addr": DST_ADDR,
    "dst6_addr": DST_ADDR, "tcp_flags": FLAGS, "input_snmp": IN_IF, "output_snmp": OUT_IF, "ip4_next_hop": NEXT_HOP,
    "ip6_next_hop": NEXT_HOP, "ip4_router": EXPORTER, "ip6_router": EXPORTER,
    "sampled": Field("is_scaled", values.one_of(SCALED, pa.bool_())),
}  # fmt: skip
OTHER_WAY = ("obyt", "outBytes")


def counted(table: pa.Table, tally: Tally) -> pa.Table:
    """The rows without bytes that can't be, and a word on those that nfdump counted the other way."""
    for name in {*OTHER_WAY} & {*table.column_names}:
        told = pc.not_equal(pc.fill_null(table[name].cast(TEXT), "0"), "0")
        tally.leave_out(
            f"rows also tell bytes of the other direction ({name}), which are not read", pc.sum(told).as_py()
        )
    if not {"inBytes", "inPackets"} <= {*table.column_names}:
        return table
    # A version of nfdump writes the packets in the place of in_bytes; a packet has more than one byte.
    told, packets = table["inBytes"].cast(TEXT), table["inPackets"].cast(TEXT)
    can_not_be = pc.fill_null(pc.and_(pc.equal(told, packets), pc.not_equal(told, "0")), False)
    wrong = pc.sum(can_not_be).as_py() or 0
    tally.amiss("records have their packets in the place of in_bytes; write them with another version of nfdump", wrong)
    at = table.column_names.index("inBytes")
    return table.set_column(at, "inBytes", pc.if_else(can_not_be, None, told)) if wrong else table


FILES = CollectorFile(
    name="nfdump_text",
    title="nfdump",
    fields=CSV_1_7 | CSV_NAMED | JSON,
    signatures=(
        frozenset({"ts", "sa", "da", "pr", "ibyt"}),
        frozenset({"firstseen", "srcaddr", "dstaddr", "bytes"}),
        frozenset({"firstseen", "srcaddr", "dstaddr", "inbytes"}),
        frozenset({"first", "last", "inpackets", "inbytes"}),
    ),
    remedy="write it with nfdump -o csv or -o json, with the header line",
    prepare=counted,
    extra_fields=OTHER_WAY,
    ends_at=(b"Summary", b"No matched flows"),
    is_scaled=True,
)
begins, records = FILES.begins, FILES.records
