"""A plugin of dbt-duckdb that tells each of dbt's connections where the lake is that its views read, and what is asked.

What differs from call to call is told so, and is no variable of dbt: with another one dbt parses its project anew.
Belongs here: what runs in dbt's process. Does not belong here: our own connections (assets.warehouse.database).
"""

import json
import os

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from assets.warehouse.database import tell_lake
from assets.warehouse.dbt_process import LAKE, TOLD


class Plugin(BasePlugin):
    """What dbt-duckdb asks of the module that profiles.yml names."""

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Before a connection is used; KeyError where dbt was started without the folder of a lake."""
        tell_lake(cursor, os.environ[LAKE])
        for name, value in json.loads(os.environ.get(TOLD, "{}")).items():
            cursor.execute(f"set variable {name} = ?", [value])
