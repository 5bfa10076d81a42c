"""Mergeable sketches of unique addresses, for history whose addresses are no longer kept.

Belongs here: hashing addresses, building, merging, estimating and storing sketches, in numpy and Arrow.
Does not belong here: Dagster, the lake or the warehouse (assets.warehouse.address_sketches).
"""

from assets.warehouse.sketches._members import addresses_told, exchanged, hashes_of, is_of_registers
from assets.warehouse.sketches._tables import CELL, sketch_cells

__all__ = ["CELL", "addresses_told", "exchanged", "hashes_of", "is_of_registers", "sketch_cells"]
