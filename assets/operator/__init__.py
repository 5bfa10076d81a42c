"""The operator folder: routers, sites, prefixes and decisions of one network, read and validated as a whole.

Belongs here: reading and judging what an operator writes, and writing it as tables of the lake.
Does not belong here: pulling the sources it names.
"""

from assets.operator.load import load_operator
from assets.operator.model import (
    AlertTarget,
    CheckLimit,
    Exporter,
    FlowSource,
    Interface,
    Operator,
    Override,
    OwnPrefix,
    Region,
    RegistrySource,
    RetentionDays,
    Settings,
    Site,
    Suppression,
)
from assets.operator.problems import OperatorError
from assets.operator.tables import operator_tables

__all__ = [
    "AlertTarget",
    "CheckLimit",
    "Exporter",
    "FlowSource",
    "Interface",
    "Operator",
    "OperatorError",
    "Override",
    "OwnPrefix",
    "Region",
    "RegistrySource",
    "RetentionDays",
    "Settings",
    "Site",
    "Suppression",
    "load_operator",
    "operator_tables",
]
