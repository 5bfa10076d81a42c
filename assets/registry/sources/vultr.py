"""Vultr: its geofeed (RFC 8805), ranges with country, region and city.

Belongs here: where it is. Does not belong here: the format (_geofeed).
"""

from assets.registry.source import Origin, Source
from assets.registry.sources._geofeed import geofeed

SOURCE = Source(
    name="vultr",
    origin=Origin(
        producer="Vultr",
        title="Vultr geofeed",
        address="https://geofeed.constant.com/",
        licence="none stated; published as a geofeed (RFC 8805)",
        citation="Vultr geofeed",
        may_be_redistributed=False,
    ),
    tables=("cloud_ranges",),
    parse=geofeed("vultr"),
    addresses=("https://geofeed.constant.com/",),
)
