"""Addresses as the platform keeps them: 16 bytes, v4 mapped into IPv6 as ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).

Belongs here: turning text and `ipaddress` objects into 16 bytes and back.
Does not belong here: what an address means.
"""

import ipaddress

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

MAPPED = bytes(10) + b"\xff\xff"
BITS_OF_MAPPING = 8 * len(MAPPED)


def sixteen_bytes(address: IPAddress) -> bytes:
    """An address in 16 bytes, big-endian."""
    return MAPPED + address.packed if address.version == 4 else address.packed


def address_of(packed: bytes) -> IPAddress:
    """The address that 16 bytes hold; mapped ones come back as IPv4."""
    if packed[:12] == MAPPED:
        return ipaddress.IPv4Address(packed[12:])
    return ipaddress.IPv6Address(packed)


def parse_address(text: str) -> IPAddress:
    """Read an address; a mapped ::ffff:a.b.c.d is the IPv4 address. ValueError if it is not one."""
    return address_of(sixteen_bytes(ipaddress.ip_address(text)))


def parse_prefix(text: str) -> IPNetwork:
    """A prefix; one of mapped addresses, as ::ffff:a.b.c.d/120, is the IPv4 prefix. ValueError if it is not one."""
    network = ipaddress.ip_network(text)
    first = sixteen_bytes(network[0])
    if network.version == 6 and network.prefixlen >= BITS_OF_MAPPING and first.startswith(MAPPED):
        return ipaddress.IPv4Network((first[len(MAPPED) :], network.prefixlen - BITS_OF_MAPPING))
    return network


def bounds(network: IPNetwork) -> tuple[bytes, bytes]:
    """The first and the last address of a prefix, 16 bytes each."""
    return sixteen_bytes(network[0]), sixteen_bytes(network[-1])
