"""DigitalOcean: its geofeed (RFC 8805), ranges with country, region and city.

Belongs here: where it is. Does not belong here: the format (_geofeed).
"""

from assets.registry.source import Origin, Source
from assets.registry.sources._geofeed import geofeed

SOURCE = Source(
    name="digitalocean",
    origin=Origin(
        producer="DigitalOcean",
        title="DigitalOcean geofeed",
        address="https://www.digitalocean.com/geo/google.csv",
        licence="none stated; published as a geofeed (RFC 8805)",
        citation="DigitalOcean geofeed",
        may_be_redistributed=False,
    ),
    tables=("cloud_ranges",),
    parse=geofeed("digitalocean"),
    addresses=("https://www.digitalocean.com/geo/google.csv",),
)
