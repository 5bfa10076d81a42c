"""Faults put into a good world one at a time, each told by the check meant for it."""

import sys
from pathlib import Path

# The tests of warehouse and charts are not packages: their world, models and marts are imported by name.
for folder in ("warehouse", "charts"):
    sys.path.insert(0, str(Path(__file__).parents[1] / folder))
