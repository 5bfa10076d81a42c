"""Who holds which prefix and AS: one module a source, found by name; and the address plan made of them.

Belongs here: finding the sources. A new source is a new module with a `SOURCE`; nothing lists it.
Does not belong here: Dagster, the lake, or what a network's type is.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from assets.registry.source import Source


def source_names() -> tuple[str, ...]:
    """The names of all sources, in alphabetical order."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(name for name in modules if not name.startswith("_")))


@cache
def sources() -> Mapping[str, Source]:
    """All sources by name; a source's name is its module's."""
    found: dict[str, Source] = {}
    for name in source_names():
        source = importlib.import_module(f"{__name__}.{name}").SOURCE
        if not isinstance(source, Source) or source.name != name:
            raise TypeError(f"assets/registry/sources/{name}.py: SOURCE must be a Source named {name!r}")
        found[name] = source
    return found
