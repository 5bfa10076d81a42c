"""Receiving flow exports from routers, undecoded: datagrams in, captures out, by exporter and day.

Belongs here: sockets, files and counts. Does not belong here: what a datagram says (assets.exports.formats), which
decides nothing of what is kept, or pulling the files (assets.exports.pull).
"""
