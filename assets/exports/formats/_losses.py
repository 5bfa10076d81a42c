"""What can go missing between an exporter and its flow records, by reason.

Belongs here: the reasons, what each means and what to do. Does not belong here: noticing any of them.
"""

from typing import NamedTuple


class Loss(NamedTuple):
    """A reason: what one of its counts is, whether the file then ends before its end, and the remedy."""

    counts: str
    leaves_file_incomplete: bool
    remedy: str


LOSSES = {
    "cut_file": Loss("file that ends inside a record", True, "fetch the file again once the collector has closed it"),
    "impossible_length": Loss("record that says a length it can't have", True, "fetch the file again"),
    "damaged_block": Loss("block that can't be read", True, "fetch the file again"),
    "damaged_compression": Loss("compressed file that breaks off", True, "fetch or compress the file again"),
    "trailing_bytes": Loss("file with bytes behind its end", False, "see what wrote behind the end of the file"),
    "unreadable_file": Loss("file that can't be opened", True, "give the user that runs netstats leave to read it"),
    "refused_file": Loss("file that turned out not to be a flow export", True, "convert it, or take it away"),
    "unknown_link_type": Loss("captured frame of an unknown link layer", False, "capture as Ethernet or raw IP"),
    "fragments": Loss("datagram of which fragments are missing", False, "keep exports below the path's MTU"),
    "unknown_protocol": Loss("datagram of no known protocol", False, "send other protocols to other ports"),
    "malformed": Loss("datagram, row or value that breaks its format", False, "update or report the exporter"),
    "undecoded_sets": Loss("set of data whose template never came", False, "have templates sent at least hourly"),
    "refused_templates": Loss(
        "template or interval beyond what is kept of one exporter", False, "see who sends so many"
    ),
    "told_too_late": Loss("file whose templates or options contradict each other", False, "see who sends such exports"),
    "forgotten_totals": Loss("record of running totals of which too many are alive", False, "export delta counters"),
    "skipped_by_exporter": Loss("window that the exporter says it could not log", False, "see the exporter's limits"),
    "dropped_by_kernel": Loss(
        "datagram that the collector's socket had no room for (its records are among those lost by sequence numbers)",
        False,
        "give netstats collect a larger --buffer or more --processes",
    ),
    "unwritten_by_collector": Loss(
        "datagram that the collector could not write (its records are among those lost by sequence numbers)",
        False,
        "make room on the collector's disk, or mend the folder that it writes to",
    ),
    "sequence_failures": Loss("gap in sequence numbers that the collector saw", False, "a larger socket buffer there"),
}
"""Every reason by name; the name is what tables hold."""
