"""operator.yaml: its keys and what each may hold.

Belongs here: reading operator.yaml. Does not belong here: the CSV files beside it.
"""

import pkgutil
from collections.abc import Collection
from datetime import date
from pathlib import Path

from assets.operator import _values as values
from assets.operator.document import Keys, entries, read_document
from assets.operator.model import (
    AlertTarget,
    FlowSource,
    RegistrySource,
    RetentionDays,
    Settings,
    Suppression,
)
from assets.operator.problems import Problems

FORMATS = Path(__file__).parents[1] / "exports" / "formats"
REGISTRY_SOURCES = Path(__file__).parents[1] / "registry" / "sources"
NO_DAY = date(1970, 1, 1)


def read_settings(problems: Problems) -> Settings:
    """What operator.yaml says; every problem is told, and stands as a default in what is returned."""
    document = read_document(problems)
    if document is None:
        return Settings(name="", tracking_began_on=NO_DAY, flow_sources=())
    keys = Keys(document, "", problems)
    settings = Settings(
        name=keys.take("name", values.text, "", is_needed=True),
        is_simulated=keys.take("simulated", values.truth, False),
        own_asns=keys.take("own_asns", values.as_numbers, ()),
        contact=keys.take("contact", values.text, None),
        tracking_began_on=keys.take("tracking_began_on", values.day, NO_DAY, is_needed=True),
        timezone=keys.take("timezone", values.timezone, "UTC"),
        flow_sources=_each_place_once(entries(keys, "flow_sources", _flow_source, is_needed=True), problems),
        registries=entries(keys, "registries", _registry_source),
        retention_days=_retention_days(keys),
        suppression=_suppression(keys),
        alert_targets=_each_name_once(entries(keys, "alert_targets", _alert_target), problems),
    )
    keys.close()
    return settings


def _flow_source(keys: Keys) -> FlowSource:
    return FlowSource(
        address=keys.take("address", values.address, "", is_needed=True),
        format=keys.take("format", values.one_of(format_names()), "auto"),
        is_scaled=keys.take("is_scaled", values.truth, False),
        deletes_delivered=keys.take("deletes_delivered", values.truth, False),
    )


def _each_place_once(sources: tuple[FlowSource, ...], problems: Problems) -> tuple[FlowSource, ...]:
    """Tell an address that stands twice: which format its files have would not be said."""
    for index, source in enumerate(sources):
        if source.address and source.address in {other.address for other in sources[:index]}:
            what = f"{values.shown(source.address)} stands there twice; keep one, with the format of its files"
            problems.of_key(f"flow_sources[{index}].address", what)
    return sources


def format_names() -> Collection[str]:
    """What `format` may be: `auto`, and the formats, found as the decoder finds them."""
    return {"auto", *_modules_in(FORMATS)}


def _modules_in(folder: Path) -> Collection[str]:
    return sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if not module.name.startswith("_"))


def _registry_source(keys: Keys) -> RegistrySource:
    return RegistrySource(
        name=keys.take("name", values.one_of(_modules_in(REGISTRY_SOURCES)), "", is_needed=True),
        address=keys.take("address", values.text, None),
        dated=keys.take("date", values.day, None),
        origin=keys.take("origin", values.text, None),
        licence=keys.take("licence", values.text, None),
    )


def _alert_target(keys: Keys) -> AlertTarget:
    return AlertTarget(
        name=keys.take("name", values.text, "", is_needed=True),
        secret_environment=keys.take("secret_environment", values.environment_name, "", is_needed=True),
    )


def _each_name_once(targets: tuple[AlertTarget, ...], problems: Problems) -> tuple[AlertTarget, ...]:
    """Tell a name that stands twice: what was told to which target is kept by its name."""
    for index, target in enumerate(targets):
        if target.name and target.name in {other.name for other in targets[:index]}:
            what = f"{values.shown(target.name)} stands there twice; give each target a name of its own"
            problems.of_key(f"alert_targets[{index}].name", what)
    return targets


def _retention_days(keys: Keys) -> RetentionDays:
    mapping = Keys(keys.take("retention_days", values.mapping, {}), "retention_days.", keys.problems)
    days = values.whole_number(1, 36_500)
    default = RetentionDays()
    retention = RetentionDays(
        exports=mapping.take("exports", days, default.exports),
        addresses=mapping.take("addresses", days, default.addresses),
        hashes=mapping.take("hashes", days, default.hashes),
    )
    mapping.close()
    return retention


def _suppression(keys: Keys) -> Suppression:
    mapping = Keys(keys.take("suppression", values.mapping, {}), "suppression.", keys.problems)
    default = Suppression()
    suppression = Suppression(
        minimum_unique_ips=mapping.take(
            "minimum_unique_ips", values.whole_number(1, 1_000_000), default.minimum_unique_ips
        ),
        maximum_share_of_one_network=mapping.take(
            "maximum_share_of_one_network", values.share, default.maximum_share_of_one_network
        ),
    )
    mapping.close()
    return suppression
