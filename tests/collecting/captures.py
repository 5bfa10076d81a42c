"""What captures hold, read by the decoders' own reader."""

from ipaddress import IPv6Address
from pathlib import Path
from typing import NamedTuple

from assets.exports.formats import FileOutcome
from assets.exports.formats._containers import datagrams


class Held(NamedTuple):
    """A datagram of a capture."""

    payload: bytes
    sender: str
    captured_ms: int


def held(*paths: Path) -> list[Held]:
    """The datagrams of captures, in order; AssertionError if one can't be read to its end."""
    found = []
    for path in paths:
        outcome = FileOutcome(path.name)
        for block in datagrams(path, outcome):
            assert block.senders is not None
            for begin, end, sender, at in zip(
                block.begins_at, block.ends_at, block.senders, block.captured_ms, strict=True
            ):
                address = IPv6Address(sender.tobytes())
                found.append(Held(block.content[begin:end], str(address.ipv4_mapped or address), int(at)))
        assert not outcome.losses, outcome.losses
    return found


def captures(folder: Path) -> list[Path]:
    """The named captures below a collector's folder."""
    return sorted(path for path in folder.glob("*/*/*.pcap") if not path.name.startswith("."))
