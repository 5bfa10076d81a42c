"""https://host/path: listings as web servers make them of folders, over TLS."""

from assets.exports.sources.http import opened

__all__ = ["opened"]
