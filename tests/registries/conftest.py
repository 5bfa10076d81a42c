"""What tests of pulling share: a server that answers well and badly, and a fetcher that does not wait."""

import random
import urllib.request
from collections.abc import Iterator

import pytest

from assets.registries._fetch import Fetcher, Patience, user_agent
from tests.registries.server import Server, running_server


@pytest.fixture
def server() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the fetcher would have waited."""
    return []


@pytest.fixture
def fetcher(waits: list[float]) -> Fetcher:
    return Fetcher(
        user_agent=user_agent("Example Networks", "noc@example.net"),
        patience=Patience(attempts=3, first_wait_s=2, longest_wait_s=60),
        sleep=waits.append,
        chance=random.Random(1),
        opener=urllib.request.build_opener(urllib.request.ProxyHandler({})),
    )
