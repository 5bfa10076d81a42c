"""http://host/path: listings as web servers make them of folders (nginx autoindex, Apache); names and passwords from
the machine's .netrc.

A server that sends elsewhere is not followed to another host or scheme.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import BinaryIO
from urllib.parse import quote, unquote, urljoin, urlsplit

import aiohttp
from fsspec.implementations.http import HTTPFileSystem
from yarl import URL

from assets.exports.sources._remote import TIMEOUT_S, Entry, NothingThere, RemoteError

CREDENTIALS = "write its login and password into .netrc of the user that runs netstats (NETRC names another file)"


def opened(address: str) -> "Site":
    """The folder of a server that an address names."""
    return Site(address.rstrip("/"))


class Site:
    """Files below an address, found by the links of its pages; a page's own links for sorting are no files."""

    is_written_whole = False

    def __init__(self, root: str) -> None:
        self.root = root
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=TIMEOUT_S, sock_read=TIMEOUT_S)
        self.files = HTTPFileSystem(
            use_listings_cache=False,
            skip_instance_cache=True,
            encoded=True,
            client_kwargs={"timeout": timeout, "trust_env": True, "trace_configs": [_staying()]},
        )

    def entries(self, path: str) -> Iterator[Entry]:
        folder = f"{self._at(path)}/"
        with _told(self.root):
            found = self.files.ls(folder, detail=False)
        for address in sorted(found):
            link = str(address).removeprefix(folder)
            if "?" in link or "#" in link or link == address:
                continue
            name = unquote(link.removesuffix("/"), errors="surrogateescape")
            yield Entry(name, is_folder=link.endswith("/"))

    def entry(self, path: str) -> Entry:
        with _told(self.root):
            found = self.files.info(self._at(path))
        if str(found.get("url", "")).endswith("/"):
            return Entry(path.rpartition("/")[2], is_folder=True)
        modified = found.get("Last-Modified")
        version = " ".join(str(found[name]) for name in ("ETag", "Last-Modified") if found.get(name))
        return Entry(path.rpartition("/")[2], False, found["size"], version or None, _moment(modified))

    def fetch(self, path: str, to: BinaryIO) -> None:
        with _told(self.root):
            self.files.get_file(self._at(path), to)

    def close(self) -> None:
        """Connections belong to the file system, which goes with this object."""

    def _at(self, path: str) -> str:
        quoted = quote(path, errors="surrogateescape")
        return f"{self.root}/{quoted}" if path else self.root


def _moment(written: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(written) if written else None
    except ValueError:
        return None


def _staying() -> aiohttp.TraceConfig:
    """Refuses to be sent to another host or scheme."""

    async def refuse(_: aiohttp.ClientSession, __: SimpleNamespace, sent: aiohttp.TraceRequestRedirectParams) -> None:
        asked, told = URL(sent.url), sent.response.headers.get("Location", "")
        to = urlsplit(urljoin(str(asked), told))
        if (to.scheme, to.netloc) != (asked.scheme, asked.raw_authority):
            raise aiohttp.ClientError(f"it sends to {to.scheme}://{to.netloc}; name that if it is right")

    tracing = aiohttp.TraceConfig()
    tracing.on_request_redirect.append(refuse)
    return tracing


@contextmanager
def _told(root: str) -> Iterator[None]:
    """Errors of the server in the words of a source."""
    try:
        yield
    except FileNotFoundError as error:
        raise _refused(root, error.__cause__) from error
    except aiohttp.ClientResponseError as error:
        raise _refused(root, error) from error
    except (OSError, aiohttp.ClientError) as error:
        raise RemoteError(f"{root} can't be read ({error or type(error).__name__})", is_passing=True) from error


def _refused(root: str, error: BaseException | None) -> Exception:
    status = error.status if isinstance(error, aiohttp.ClientResponseError) else None
    if error is not None and status is None:
        return RemoteError(f"{root} can't be read ({error or type(error).__name__})", is_passing=True)
    if status in {401, 403}:
        return RemoteError(f"{root} may not be read (status {status})", CREDENTIALS)
    if status is None or status in {404, 410}:
        return NothingThere()
    return RemoteError(f"{root} can't be read (status {status})", is_passing=status >= 500 or status == 429)
