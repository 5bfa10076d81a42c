"""sftp://user@host/path: files over SSH, with the keys and known hosts of the user that runs netstats.

A host whose key is not known is refused. NETSTATS_SFTP_PASSWORD is used where no key is; the agent and ~/.ssh are asked
first.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem
from paramiko.sftp import CMD_CLOSE, CMD_HANDLE, CMD_NAME, CMD_OPENDIR, CMD_READDIR

from assets.exports.sources._remote import TIMEOUT_S, Entry, NothingThere, RemoteError

PASSWORD = "NETSTATS_SFTP_PASSWORD"
KNOWN_HOSTS = "NETSTATS_SFTP_KNOWN_HOSTS"
KEY_FILE = "NETSTATS_SFTP_KEY_FILE"
CREDENTIALS = (
    f"give the user that runs netstats a key that the host takes (agent, ~/.ssh or {KEY_FILE}), or set {PASSWORD}"
)
NOT_KNOWN = f"connect once with `ssh` and compare the key, or name a file of known hosts in {KNOWN_HOSTS}"
BLOCK_BYTES = 1 << 20


class _Client(paramiko.SFTPClient):  # type: ignore[misc]
    """paramiko's client, for folders with names that are not UTF-8: its own listing ends at the first of them."""

    def listed(self, path: bytes) -> Iterator[tuple[str, paramiko.SFTPAttributes]]:
        """What lies in a folder, by name (draft-ietf-secsh-filexfer-02, 6.7)."""
        kind, answer = self._request(CMD_OPENDIR, path)
        if kind != CMD_HANDLE:
            raise paramiko.SFTPError("the host opened no folder")
        handle = answer.get_binary()
        try:
            while True:
                kind, answer = self._request(CMD_READDIR, handle)
                if kind != CMD_NAME:
                    raise paramiko.SFTPError("the host told no names")
                yield from self._told(answer)
        except EOFError:
            return
        finally:
            self._request(CMD_CLOSE, handle)

    @staticmethod
    def _told(answer: paramiko.Message) -> Iterator[tuple[str, paramiko.SFTPAttributes]]:
        for _ in range(answer.get_int()):
            name, _in_words = answer.get_string(), answer.get_string()
            found = paramiko.SFTPAttributes._from_msg(answer)
            if name not in {b".", b".."}:
                yield os.fsdecode(name), found


class _KnownHosts(SFTPFileSystem):  # type: ignore[misc]
    """The file system of fsspec, over a connection to a host whose key is known."""

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        if named := os.environ.get(KNOWN_HOSTS):
            self.client.load_host_keys(named)
        else:
            self.client.load_system_host_keys()
        self.client.connect(self.host, **self.ssh_kwargs)
        self.ftp = _Client.from_transport(self.client.get_transport())
        self.ftp.get_channel().settimeout(TIMEOUT_S)


def opened(address: str) -> "Host":
    """The folder of a host that an address names; RemoteError if it can't be reached."""
    parts = urlsplit(address)
    settings = {
        "port": parts.port or 22,
        "username": parts.username,
        "password": os.environ.get(PASSWORD),
        "key_filename": os.environ.get(KEY_FILE),
        "timeout": TIMEOUT_S,
        "banner_timeout": TIMEOUT_S,
        "auth_timeout": TIMEOUT_S,
    }
    with _told(address):
        files = _KnownHosts(parts.hostname, skip_instance_cache=True, **settings)
    return Host(address, unquote(parts.path), files)


class Host:
    """Files below a folder of a host, which may still be written to."""

    is_written_whole = False

    def __init__(self, address: str, root: str, files: SFTPFileSystem) -> None:
        self.address, self.root, self.files = address, root.rstrip("/") or "/", files

    def entries(self, path: str) -> Iterator[Entry]:
        with _told(self.address):
            for name, one in list(self.files.ftp.listed(self._at(path))):
                yield _entry(name, self._behind(f"{path}/{name}" if path else name, one))

    def entry(self, path: str) -> Entry:
        with _told(self.address):
            return _entry(path.rpartition("/")[2], self.files.ftp.stat(self._at(path)))

    def fetch(self, path: str, to: BinaryIO) -> None:
        with _told(self.address), self.files.ftp.open(self._at(path), "rb") as content:
            content.prefetch()
            while block := content.read(BLOCK_BYTES):
                to.write(block)

    def close(self) -> None:
        self.files.client.close()

    def _behind(self, path: str, found: paramiko.SFTPAttributes) -> paramiko.SFTPAttributes:
        """What a symbolic link leads to, and itself if that is nothing."""
        if not stat.S_ISLNK(found.st_mode or 0):
            return found
        try:
            behind = self.files.ftp.stat(self._at(path))
        except OSError:
            return found
        # A folder behind a link may hold the link.
        return found if stat.S_ISDIR(behind.st_mode or 0) else behind

    def _at(self, path: str) -> bytes:
        """The path as its bytes, since names need not be UTF-8."""
        return os.fsencode(str(Path(self.root) / path) if path else self.root)


def _entry(name: str, found: paramiko.SFTPAttributes) -> Entry:
    mode = found.st_mode or 0
    if stat.S_ISDIR(mode):
        return Entry(name, is_folder=True)
    if not stat.S_ISREG(mode):
        kind = "a link to nowhere or to a folder" if stat.S_ISLNK(mode) else "no file"
        return Entry(name, False, fault=f"is {kind}")
    modified = datetime.fromtimestamp(found.st_mtime, UTC) if found.st_mtime is not None else None
    return Entry(name, False, found.st_size, str(found.st_mtime), modified)


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Errors of the connection in the words of a source."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NothingThere from error
    except PermissionError as error:
        raise RemoteError(f"{address} may not be read ({error})", CREDENTIALS) from error
    except paramiko.AuthenticationException as error:
        raise RemoteError(f"{address} may not be read ({error})", CREDENTIALS) from error
    except paramiko.BadHostKeyException as error:
        raise RemoteError(f"{address} shows another key than the one that is known ({error})", NOT_KNOWN) from error
    except paramiko.SSHException as error:
        remedy = {"remedy": NOT_KNOWN} if "not found in known_hosts" in str(error) else {}
        raise RemoteError(f"{address} can't be read ({error})", is_passing=not remedy, **remedy) from error
    except (OSError, EOFError) as error:
        raise RemoteError(f"{address} can't be read ({error or type(error).__name__})", is_passing=True) from error
