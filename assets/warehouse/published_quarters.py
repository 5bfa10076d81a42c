"""Which quarters are published, and from what: `quarters.json` beside the published copy.

Belongs here: reading that file. Does not belong here: publishing (assets.warehouse.published_marts). Commands read it,
and should not wait for Dagster.
"""

import json
from pathlib import Path


def fingerprints_path(published: Path) -> Path:
    """Where the fingerprint of each published quarter is written."""
    return published.with_name("quarters.json")


def published_quarters(published: Path) -> dict[str, str]:
    """Each published quarter with the fingerprint of its inputs; empty before the first publication.

    A damaged file says nothing: what is published is then published again.
    """
    path = fingerprints_path(published)
    if not path.exists():
        return {}
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return noted if isinstance(noted, dict) else {}
