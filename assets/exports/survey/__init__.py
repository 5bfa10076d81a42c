"""What a day of exports shows of a network before anything is built: exporters, interfaces, own prefixes, sides.

Belongs here: reading a day through the decoder of flow_records, and concluding from sums. Does not belong here:
Dagster, the lake, writing the operator folder or telling findings (orchestration).
"""

from assets.exports.survey._files import PLACE_BYTES, FilesOfPlace, files_of
from assets.exports.survey._own_prefixes import PrefixSet, collapsed, suggested_prefixes
from assets.exports.survey.exporters import ExporterSeen, exporters_seen
from assets.exports.survey.interfaces import InterfaceSeen, interfaces_seen
from assets.exports.survey.reading import MOST_RECORDS, Survey, survey
from assets.exports.survey.sides import Judged, Rows, judged, scaled

__all__ = [
    "MOST_RECORDS",
    "PLACE_BYTES",
    "ExporterSeen",
    "FilesOfPlace",
    "InterfaceSeen",
    "Judged",
    "PrefixSet",
    "Rows",
    "Survey",
    "collapsed",
    "exporters_seen",
    "files_of",
    "interfaces_seen",
    "judged",
    "scaled",
    "suggested_prefixes",
    "survey",
]
