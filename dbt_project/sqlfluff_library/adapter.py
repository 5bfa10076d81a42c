"""Stands in for dbt's adapter while SQL is linted: a dispatched macro renders as one column's name."""

from collections.abc import Callable


def dispatch(macro: str) -> Callable[..., str]:
    """What `adapter.dispatch` gives: something to call with the macro's arguments."""
    return lambda *_: f"{macro}_of_engine"
