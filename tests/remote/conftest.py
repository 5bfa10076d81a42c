"""What tests of remote sources share: a server of each kind, started once, and a world for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from tests.exports.world import World
from tests.remote.servers import Bucket, Folder, Server, nginx, sshd

KINDS = ["s3", "sftp", "http"]


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(moto: str, request: pytest.FixtureRequest) -> Bucket:
    """A bucket of the test's own."""
    digits = str(abs(hash(request.node.nodeid)))
    return Bucket(moto, f"flows-{digits}")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Folder]:
    with sshd(tmp_path / "ssh") as folder:
        yield folder


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Folder]:
    with nginx(tmp_path / "web") as folder:
        yield folder


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server of each kind, whose credentials are in the environment."""
    found: Server = request.getfixturevalue({"s3": "bucket", "sftp": "host", "http": "site"}[request.param])
    for name, value in found.environment.items():
        monkeypatch.setenv(name, value)
    return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world").begin()
