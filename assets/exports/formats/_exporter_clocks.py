"""By how much exporters' clocks differ from the clock of who captured their datagrams.

Belongs here: header clocks beside capture clocks. Does not belong here: times of flows (_record_fields).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from assets.exports.formats._datagrams import NOT_CAPTURED, Numbers

MOST_EXPORTERS = 65_536
NEVER = np.int64(1) << 62


@dataclass
class ExporterClocks:
    """By exporter (16 bytes), the least time from the sending of a datagram, by its header, to its capture (ms).

    It is about 0 where both clocks agree, and below 0 where the exporter's is ahead.
    """

    least_delay_ms: dict[bytes, int] = field(default_factory=dict)

    def hear(self, exporters: Sequence[bytes], exporter: Numbers, captured_ms: Numbers, exported_ms: Numbers) -> None:
        """Take datagrams of the exporters whose numbers stand in `exporter`; those not captured tell nothing."""
        is_captured = captured_ms != NOT_CAPTURED
        if not is_captured.any():
            return
        least = np.full(len(exporters), NEVER)
        np.minimum.at(least, exporter[is_captured], (captured_ms - exported_ms)[is_captured])
        for number in np.flatnonzero(least != NEVER).tolist():
            key, delay = exporters[number], int(least[number])
            if key in self.least_delay_ms or len(self.least_delay_ms) < MOST_EXPORTERS:
                self.least_delay_ms[key] = min(delay, self.least_delay_ms.get(key, delay))
