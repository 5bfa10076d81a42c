"""AS numbers that belong to nobody in particular.

Belongs here: the reserved ranges. Does not belong here: who holds the others.
"""

import numpy as np
import numpy.typing as npt

RESERVED = (
    (0, 0),  # RFC 7607
    (23456, 23456),  # AS_TRANS, RFC 6793
    (64496, 64511),  # documentation, RFC 5398
    (64512, 65534),  # private use, RFC 6996
    (65535, 65535),  # RFC 7300
    (65536, 65551),  # documentation, RFC 5398
    (65552, 131071),  # reserved, IANA registry of AS numbers
    (4200000000, 4294967294),  # private use, RFC 6996
    (4294967295, 4294967295),  # RFC 7300
)


def is_reserved(numbers: npt.NDArray[np.uint32]) -> npt.NDArray[np.bool_]:
    """Which AS numbers can't be the origin of a public prefix."""
    found = np.zeros(len(numbers), np.bool_)
    for first, last in RESERVED:
        found |= (numbers >= first) & (numbers <= last)
    return found
