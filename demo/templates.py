"""Flow records by template, as NetFlow v9 (RFC 3954) and IPFIX (RFC 7011) both have them.

Belongs here: a layout for IPv4 and one for IPv6, and sets of templates and data.
Does not belong here: headers, options, and the elements in which the two protocols differ.
"""

import struct

import numpy as np

from demo.records import Columns, Rows, rows_of

V4_TEMPLATE, V6_TEMPLATE, OPTIONS_TEMPLATE = 256, 257, 258
SAMPLER_ID = 1
Element = tuple[str, int, str]
"""A field of a template: its name, its element's number, and its type on the wire."""

V4_ENDS: list[Element] = [("src_addr", 8, "4u1"), ("dst_addr", 12, "4u1")]
V6_ENDS: list[Element] = [("src_addr", 27, "16u1"), ("dst_addr", 28, "16u1")]
KEY_AND_COUNTERS: list[Element] = [
    ("src_port", 7, ">u2"),
    ("dst_port", 11, ">u2"),
    ("protocol", 4, "u1"),
    ("tcp_flags", 6, "u1"),
    ("tos", 5, "u1"),
    ("direction", 61, "u1"),
    ("in_if", 10, ">u4"),
    ("out_if", 14, ">u4"),
    ("bytes", 1, ">u8"),
    ("packets", 2, ">u4"),
]
AS_NUMBERS: list[Element] = [("src_as", 16, ">u4"), ("dst_as", 17, ">u4")]


class TemplateRecords:
    """A router's flow records of a day; `elements` are those of both layouts, behind the ends.

    `templates` is the set that tells the layouts.
    """

    def __init__(self, elements: list[Element], columns: Columns, template_set: int) -> None:
        self.layouts = {V4_TEMPLATE: [*V4_ENDS, *elements], V6_TEMPLATE: [*V6_ENDS, *elements]}
        columns = columns | {"sampler_id": np.full(len(columns["is_v6"]), SAMPLER_ID)}
        self.rows = {
            template: rows_of(_type(layout), {name: values[chosen] for name, values in columns.items()})
            for (template, layout), chosen in zip(
                self.layouts.items(), (~columns["is_v6"], columns["is_v6"]), strict=True
            )
        }
        self.templates = flow_set(template_set, b"".join(_template(*one) for one in self.layouts.items()))
        # How many of the records before each are IPv6.
        self.v6_before = [0, *np.cumsum(columns["is_v6"]).tolist()]

    def data_sets(self, chunk: slice) -> bytes:
        """The records of a chunk, IPv4 before IPv6."""
        first, last = self.v6_before[chunk.start], self.v6_before[chunk.stop]
        v4 = self.rows[V4_TEMPLATE][chunk.start - first : chunk.stop - last]
        return _data_set(V4_TEMPLATE, v4) + _data_set(V6_TEMPLATE, self.rows[V6_TEMPLATE][first:last])


def flow_set(set_id: int, content: bytes) -> bytes:
    """A set, filled up to a multiple of four bytes."""
    padding = -len(content) % 4
    return struct.pack(">HH", set_id, 4 + len(content) + padding) + content + bytes(padding)


def _template(template: int, layout: list[Element]) -> bytes:
    fields = (struct.pack(">HH", element, np.dtype(kind).itemsize) for _, element, kind in layout)
    return struct.pack(">HH", template, len(layout)) + b"".join(fields)


def _data_set(template: int, rows: Rows) -> bytes:
    return flow_set(template, rows.tobytes()) if len(rows) else b""


def _type(layout: list[Element]) -> np.dtype[np.void]:
    return np.dtype([(name, kind) for name, _, kind in layout])
