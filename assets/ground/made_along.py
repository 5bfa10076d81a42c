"""What Dagster is told of tables that are made with those that a person chose.

Belongs here: events. Does not belong here: which tables are made together (the rooms' own modules).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_IS_USER_PROVIDED_TAG, DATA_VERSION_TAG


def chosen(
    context: dg.AssetExecutionContext, made: Iterable[dg.MaterializeResult[None]]
) -> Iterator[dg.MaterializeResult[None]]:
    """Of tables that are always made together the results of those that the run chose; the others are told of."""
    for one in made:
        if one.asset_key is None or one.asset_key in context.selected_asset_keys:
            yield one
        else:
            context.log_event(made_along(one.asset_key, one.metadata or {}, one.data_version))


def made_along(
    key: dg.AssetKey, metadata: Mapping[str, Any], version: dg.DataVersion | None, partition: str | None = None
) -> dg.AssetMaterialization:
    """The event of a table, or of one partition of it, that was not chosen."""
    of_data = {} if version is None else {DATA_VERSION_TAG: version.value, DATA_VERSION_IS_USER_PROVIDED_TAG: "true"}
    return dg.AssetMaterialization(asset_key=key, partition=partition, metadata=metadata, tags=of_data)
