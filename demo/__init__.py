"""The demo operator: a small simulated storage provider whose routers' real exports are written from a scenario.

Belongs here: the scenario and everything that is simulated. Does not belong here: reading exports or making tables.
"""

from demo.writing import ExportsWritten, write_operator_exports

__all__ = ["ExportsWritten", "write_operator_exports"]
