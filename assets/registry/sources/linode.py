"""Akamai (Linode): its geofeed (RFC 8805), ranges with country, region and city.

Belongs here: where it is. Does not belong here: the format (_geofeed).
"""

from assets.registry.source import Origin, Source
from assets.registry.sources._geofeed import geofeed

SOURCE = Source(
    name="linode",
    origin=Origin(
        producer="Akamai (Linode)",
        title="Akamai (Linode) geofeed",
        address="https://geoip.linode.com/",
        licence="none stated; published as a geofeed (RFC 8805)",
        citation="Akamai (Linode) geofeed",
        may_be_redistributed=False,
    ),
    tables=("cloud_ranges",),
    parse=geofeed("linode"),
    addresses=("https://geoip.linode.com/",),
)
