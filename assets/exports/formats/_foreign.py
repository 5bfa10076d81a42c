"""Files that are clearly something else: what they are, and how to make of them what can be read.

Belongs here: other tools' flow files and archives, by their beginning. Does not belong here: formats that are read.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from assets.exports.formats._decompression import is_compressed

# Argus begins with a management record, which has the cookie of its version behind header and status (argus_def.h).
ARGUS_COOKIE = re.compile(rb"^.{4,12}?(\xe5\x61\x7a\xcb|\xe5\x71\x2d\xcb|\xe5\x71\x2d\xcf|\xe5\x71\x50\xcb)", re.DOTALL)
# The name of a tar archive's first member is padded to 257 bytes of header before this word (POSIX ustar, GNU tar).
TAR, TAR_AT = b"ustar", 257
# A byte order mark and the first letter or bracket.
UTF_16 = re.compile(rb"\xff\xfe[ -~]\0|\xfe\xff\0[ -~]")
AZURE = re.compile(rb'^\s*\{\s*"records"\s*:.*("flowLogResourceID"|"flowRecords"|"flowTuples"|FlowEvents?")', re.DOTALL)
GOOGLE = re.compile(rb'^[\s\[]*\{.*"jsonPayload".*("src_ip"|"bytes_sent"|"reporter")', re.DOTALL)
AS_VPC_LINES = (
    'write its flows as lines behind the header "start end srcaddr dstaddr srcport dstport protocol packets bytes" and '
    "name format: vpc_flow_logs"
)


class _Foreign(NamedTuple):
    """What a file is, whether a beginning is one's, and what to do with it."""

    title: str
    begins: Callable[[bytes], object]
    remedy: str


FOREIGN = (
    _Foreign(
        "a SiLK file",
        lambda beginning: beginning.startswith(b"\xde\xad\xbe\xef"),
        "convert it with rwsilk2ipfix --ipfix-output=flows.ipfix",
    ),
    _Foreign(
        "an Argus file",
        ARGUS_COOKIE.match,
        "write it with ra -n -u -c , -s stime ltime saddr daddr sport dport proto spkts sbytes, and again with daddr "
        "saddr dport sport proto dpkts dbytes, each behind the header "
        "TIMESTAMP_START,TIMESTAMP_END,SRC_IP,DST_IP,SRC_PORT,DST_PORT,PROTOCOL,PACKETS,BYTES",
    ),
    _Foreign("a flow log of Azure (NSG or virtual network)", AZURE.search, AS_VPC_LINES),
    _Foreign("a VPC flow log of Google Cloud", GOOGLE.search, AS_VPC_LINES),
    _Foreign(
        "a tar archive", lambda beginning: beginning[TAR_AT : TAR_AT + len(TAR)] == TAR, "unpack it first (tar -xf)"
    ),
    _Foreign("a zip archive", lambda beginning: beginning.startswith(b"PK\x03\x04"), "unpack it first (unzip)"),
    _Foreign("text in UTF-16", UTF_16.match, "write it in UTF-8 (iconv -f UTF-16 -t UTF-8)"),
    _Foreign("compressed more than twice", is_compressed, "unpack it first (gzip -d, bzip2 -d, xz -d, zstd -d)"),
    _Foreign("a 7z archive", lambda beginning: beginning.startswith(b"7z\xbc\xaf\x27\x1c"), "unpack it first (7z x)"),
)


def what_else(beginning: bytes) -> str | None:
    """What a file is, and its conversion, if its first bytes, decompressed, say that it is one of another tool."""
    found = next((one for one in FOREIGN if one.begins(beginning)), None)
    return None if found is None else f"is {found.title}; {found.remedy}"
