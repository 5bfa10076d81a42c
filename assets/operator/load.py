"""Reading an operator folder whole.

Belongs here: which files are read, which rules hold between them. Does not belong here: the rules themselves.
"""

from collections.abc import Collection
from operator import attrgetter
from pathlib import Path

from assets.operator import _rules as rules
from assets.operator import columns as files
from assets.operator._files import Numbered, read_rows
from assets.operator.columns import Row
from assets.operator.model import Operator
from assets.operator.problems import Problems
from assets.operator.settings import read_settings


def load_operator(
    folder: Path, network_types: Collection[str] | None = None, *, told_as: Path | None = None
) -> Operator:
    """Read and validate an operator folder; OperatorError has one line for every problem in it.

    `network_types` are the types that overrides may give; without them, those of dbt's seed network_types. Problems
    name the files of `told_as`, where the folder is a trial of that one.
    """
    problems = Problems(folder, told_as)
    if not folder.is_dir():
        problems.lines.append(f"{folder}: is not a folder; name an operator folder, such as operators/demo")
        problems.refuse()
    settings = read_settings(problems)
    exporters = read_rows(files.EXPORTERS, problems)
    interfaces = read_rows(files.INTERFACES, problems)
    sites = read_rows(files.SITES, problems)
    regions = read_rows(files.REGIONS, problems)
    own_prefixes = read_rows(files.OWN_PREFIXES, problems)
    overrides = read_rows(files.OVERRIDES, problems)
    check_limits = read_rows(files.CHECK_LIMITS, problems)
    metro_positions = read_rows(files.METRO_POSITIONS, problems)

    rules.refer(problems, files.EXPORTERS, exporters, "site", files.SITES)
    rules.refer(problems, files.SITES, sites, "region", files.REGIONS)
    rules.refer(problems, files.INTERFACES, interfaces, "exporter", files.EXPORTERS)
    rules.once(problems, files.SITES, sites, ("site",))
    rules.once(problems, files.REGIONS, regions, ("region",))
    rules.no_region_is_withheld(problems, regions)
    rules.once(problems, files.CHECK_LIMITS, check_limits, ("check",))
    rules.shared_limits_in_range(problems, check_limits)
    rules.refer(problems, files.METRO_POSITIONS, metro_positions, "metro", files.SITES)
    rules.once(problems, files.METRO_POSITIONS, metro_positions, ("metro",))
    rules.once(problems, files.EXPORTERS, exporters, ("exporter",), ("name",), valid=rules.VALIDITY)
    interface_keys = ("exporter", "interface"), ("exporter", "if_index")
    rules.once(problems, files.INTERFACES, interfaces, *interface_keys, valid=rules.VALIDITY)
    override_keys = ("prefix", "asn", "organisation")
    rules.once(problems, files.OVERRIDES, overrides, override_keys, valid=rules.DECISION)
    rules.own_prefixes_apart(problems, own_prefixes)
    rules.overrides_name_one_thing(problems, overrides)
    if overrides:
        rules.override_types_known(problems, overrides, network_types)
    problems.refuse()
    return Operator(
        folder=folder,
        settings=settings,
        exporters=_values(exporters),
        interfaces=_values(interfaces),
        sites=_values(sites),
        regions=_values(regions),
        own_prefixes=_values(own_prefixes),
        overrides=_values(overrides),
        check_limits=_values(check_limits),
        metro_positions=_values(metro_positions),
    )


def _values(rows: list[Numbered[Row]]) -> tuple[Row, ...]:
    return tuple(map(attrgetter("value"), rows))
