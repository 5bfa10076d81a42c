"""A plugin of dbt-duckdb that tells each of dbt's connections where the lake is that its views read.

Belongs here: what runs in dbt's process. Does not belong here: our own connections (assets.warehouse.database).
"""

import os

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from assets.warehouse.database import tell_lake

LAKE = "NETSTATS_LAKE"


class Plugin(BasePlugin):
    """What dbt-duckdb asks of the module that profiles.yml names."""

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Before a connection is used; KeyError where dbt was started without the folder of a lake."""
        tell_lake(cursor, os.environ[LAKE])
