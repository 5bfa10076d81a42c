"""Faults put into a good world one at a time, each told by the check meant for it."""

import sys
from pathlib import Path

# The warehouse's tests are no package: their world and compiled models are imported by name.
sys.path.insert(0, str(Path(__file__).parents[1] / "warehouse"))
