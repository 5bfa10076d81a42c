"""The sockets that routers send to: their buffers, and what the kernel dropped.

Belongs here: opening and asking them. Does not belong here: what comes.
"""

import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

# Of Linux, and not in Python's socket module: a buffer beyond rmem_max (with CAP_NET_ADMIN), and the socket's memory.
SO_RCVBUFFORCE, SO_MEMINFO = 33, 55
MEMINFO = struct.Struct("9I")
DROPS = 8


@dataclass
class Receiver:
    """One open socket; `dropped` is what the kernel said last."""

    listening: socket.socket
    address: IPv4Address | IPv6Address
    port: int
    buffer_bytes: int
    dropped: int = 0

    def newly_dropped(self) -> int:
        """Datagrams that came since the last call while the buffer was full.

        The counter is the one that SO_RXQ_OVFL puts beside a datagram, asked without one; it has 32 bits.
        """
        told: int = MEMINFO.unpack(self.listening.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, MEMINFO.size))[DROPS]
        new, self.dropped = (told - self.dropped) % (1 << 32), told
        return new


def opened(address: IPv4Address | IPv6Address, port: int, buffer_bytes: int, *, is_shared: bool) -> Receiver:
    """A socket that receives at an address; `is_shared` with other processes. OSError if it can't be had."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    listening = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if address.version == 6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if is_shared:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        got = _with_buffer(listening, buffer_bytes)
        listening.setblocking(False)
        listening.bind((str(address), port))
    except OSError:
        listening.close()
        raise
    return Receiver(listening, address, listening.getsockname()[1], got)


def _with_buffer(listening: socket.socket, wanted: int) -> int:
    """The bytes of the buffer that the kernel gives; it counts its own room, twice what is asked for."""
    try:
        listening.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, wanted)
    except PermissionError:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, wanted)
    return listening.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
