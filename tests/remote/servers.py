"""Real servers on the loopback: S3 as moto speaks it, OpenSSH's sftp server, nginx; each offers files of a test.

Belongs here: starting them, and putting files where they offer them. Does not belong here: what is made of the files.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import boto3

LONG_AGO = 1_767_000_000
SFTP_SERVER = "/usr/lib/openssh/sftp-server"
STARTING_S = 20.0


class Server(Protocol):
    """A server that offers files below an address; `environment` is what netstats needs to be let in."""

    address: str
    environment: Mapping[str, str]

    def put(self, name: str, content: bytes, modified_s: float = LONG_AGO) -> None: ...

    def remove(self, name: str) -> None: ...


class Folder:
    """Files of a folder that a server offers."""

    def __init__(self, address: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.address, self.folder, self.environment = address, folder, environment

    def put(self, name: str, content: bytes, modified_s: float = LONG_AGO) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (modified_s, modified_s))

    def remove(self, name: str) -> None:
        (self.folder / name).unlink()


class Bucket:
    """Objects of a bucket."""

    def __init__(self, endpoint: str, bucket: str) -> None:
        self.address, self.bucket = f"s3://{bucket}", bucket
        self.environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "a-secret-that-is-nowhere",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self.client = boto3.client(
            "s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )
        self.client.create_bucket(Bucket=bucket)

    def put(self, name: str, content: bytes, modified_s: float = LONG_AGO) -> None:
        self.client.put_object(Bucket=self.bucket, Key=name, Body=content)

    def remove(self, name: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=name)


@contextmanager
def nginx(root: Path) -> Iterator[Folder]:
    """nginx with listings of a folder; below /moved it sends to another host."""
    port, offered = free_port(), root / "offered"
    offered.mkdir(parents=True)
    _for_all(root)
    settings = root / "nginx.conf"
    settings.write_text(
        f"""daemon off; pid {root}/pid; error_log {root}/error.log; user root;
events {{}}
http {{
  access_log {root}/access.log; client_body_temp_path {root}/body; proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fastcgi; uwsgi_temp_path {root}/uwsgi; scgi_temp_path {root}/scgi;
  server {{
    listen 127.0.0.1:{port}; root {offered}; autoindex on;
    location /moved/ {{ return 302 http://localhost:{port}$request_uri; }}
    location /refused/ {{ return 403; }}
  }}
}}
""",
        encoding="utf-8",
    )
    with _running(["/usr/sbin/nginx", "-p", str(root), "-e", f"{root}/error.log", "-c", str(settings)], port):
        yield Folder(f"http://127.0.0.1:{port}", offered, {})


@contextmanager
def sshd(root: Path) -> Iterator[Folder]:
    """OpenSSH's server with sftp alone, a key of its own and one that it lets in."""
    port, offered = free_port(), root / "offered"
    offered.mkdir(parents=True)
    for name in ("host", "client"):
        _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(root / name))
    host_key = " ".join((root / "host.pub").read_text(encoding="utf-8").split()[:2])
    (root / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}\n", encoding="utf-8")
    shutil.copy(root / "client.pub", root / "authorized")
    Path("/run/sshd").mkdir(exist_ok=True)
    settings = root / "sshd.conf"
    settings.write_text(
        f"""Port {port}
ListenAddress 127.0.0.1
HostKey {root}/host
PidFile {root}/pid
AuthorizedKeysFile {root}/authorized
StrictModes no
PasswordAuthentication no
UsePAM no
Subsystem sftp {SFTP_SERVER}
""",
        encoding="utf-8",
    )
    environment = {
        "NETSTATS_SFTP_KNOWN_HOSTS": str(root / "known_hosts"),
        "NETSTATS_SFTP_KEY_FILE": str(root / "client"),
    }
    user = _run("id", "-un").strip()
    with _running(["/usr/sbin/sshd", "-D", "-e", "-f", str(settings)], port):
        yield Folder(f"sftp://{user}@127.0.0.1:{port}{offered}", offered, environment)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _for_all(root: Path) -> None:
    for folder in (root, *list(root.parents)[:4]):
        if folder.stat().st_uid == os.geteuid() and len(folder.parts) > 2:
            folder.chmod(folder.stat().st_mode | 0o011)


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    """A server until the block ends; it is waited for until its port answers."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as server:
        try:
            _wait_for(port, server)
            yield
        finally:
            server.terminate()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + STARTING_S
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"{server.args!r} ended: {server.stderr.read() if server.stderr else b''!r}")
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise RuntimeError(f"{server.args!r} does not answer on port {port}")
