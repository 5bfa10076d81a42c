"""AWS VPC flow logs, version 2 to 5 and custom: lines with a header, version 2 without one, and Parquet.

Belongs here: what their fields mean (Amazon VPC User Guide, "Flow log records"), and which rows are carried traffic.
Does not belong here: reading files; delivery from a bucket.

srcaddr and dstaddr are read, not pkt-srcaddr and pkt-dstaddr: behind a NAT gateway or load balancer those name the far
end on the inner leg too, and traffic would count twice. A log names no router: the exporter is the file's.
"""

import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from assets.exports.formats._collectors import values
from assets.exports.formats._collectors.blocks import Tally
from assets.exports.formats._collectors.files import CollectorFile, Field
from assets.exports.formats._collectors.tables import PARQUET
from assets.exports.formats._collectors.windows import RowWindow

TEXT = pa.string()
DIRECTIONS: Mapping[str, int] = {"ingress": 0, "egress": 1}
VERSION_2 = (
    "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets",
    "bytes", "start", "end", "action", "log-status",
)  # fmt: skip
VERSION_2_LINE = re.compile(rb"2 (\d{12}|unknown|-) eni-\S+( \S+){9} (ACCEPT|REJECT|-) (OK|NODATA|SKIPDATA)\r?(\n|$)")
FIELDS = {
    "srcaddr": Field("src_addr", values.address, TEXT),
    "dstaddr": Field("dst_addr", values.address, TEXT),
    "srcport": Field("src_port", values.number(pa.uint16())),
    "dstport": Field("dst_port", values.number(pa.uint16())),
    "protocol": Field("protocol", values.number(pa.uint8())),
    "packets": Field("packets", values.number(pa.uint64())),
    "bytes": Field("bytes", values.number(pa.uint64())),
    "start": Field("start_at", values.moment("s")),
    "end": Field("end_at", values.moment("s")),
    "tcp-flags": Field("tcp_flags", values.number(pa.uint16())),
    "flow-direction": Field("metering_direction", values.one_of(DIRECTIONS, pa.uint8()), TEXT),
}


def carried(table: pa.Table, tally: Tally) -> pa.Table:
    """The rows of traffic that was let through; windows that AWS could not log are loss."""
    count = table.num_rows
    if "log-status" in table.column_names:
        status = table["log-status"]
        skipped, empty = pc.equal(status, "SKIPDATA"), pc.equal(status, "NODATA")
        lost = pc.sum(skipped).as_py() or 0
        told = f"{lost} windows (SKIPDATA) were not logged by AWS: their flows are lost"
        tally.lose("skipped_by_exporter", told, lost)
        table = table.filter(pc.fill_null(pc.invert(pc.or_(skipped, empty)), True))
        count = table.num_rows
    if "action" in table.column_names:
        table = table.filter(pc.fill_null(pc.not_equal(table["action"], "REJECT"), True))
        tally.leave_out("flows were rejected (REJECT) and not carried", count - table.num_rows)
    return table


def not_logged(table: pa.Table) -> pa.Array:
    """Which rows are windows that AWS could not log."""
    if "log-status" not in table.column_names:
        return pa.repeat(False, table.num_rows)
    return pc.fill_null(pc.equal(table["log-status"].combine_chunks(), "SKIPDATA"), False)


FILES = CollectorFile(
    name="vpc_flow_logs",
    title="AWS VPC flow logs",
    fields=FIELDS,
    signatures=(frozenset({"srcaddr", "dstaddr", "bytes", "start", "end"}),),
    remedy="have the flow log write srcaddr, dstaddr, packets, bytes, start, end, action and log-status; Parquet of "
    "another collector needs columns of these names, or its format named in operator.yaml",
    prepare=carried,
    window=RowWindow("start_at", "end_at", not_logged),
    extra_fields=("action", "log-status"),
    header=VERSION_2,
    null_texts=("", "-"),
    # The guide: flow logs record all traffic of an interface, not a sample; so 1 is told, not supposed.
    sampling_interval=1.0,
)
records = FILES.records


def begins(beginning: bytes) -> bool:
    """Whether a file begins with the names of the fields, with a line of version 2, or is Parquet.

    Parquet names its fields at its end: one without them is refused when it is read.
    """
    is_line = VERSION_2_LINE.match(beginning) is not None
    return is_line or beginning.startswith(PARQUET) or FILES.begins(beginning)
