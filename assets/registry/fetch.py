"""Fetching a registry's file: conditionally, patiently, whole or not at all.

Belongs here: HTTP, local files, checksums. Does not belong here: which snapshots are kept (snapshots).
"""

import email.utils
import hashlib
import http.client
import random
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path

BLOCK = 1 << 20
AGAIN = {408, 425, 429, 500, 502, 503, 504}
"""Statuses after which the same request may succeed (RFC 9110, 15; RFC 6585, 4)."""
REMOTE = re.compile(r"https?://")


class FetchError(RuntimeError):
    """A file could not be fetched; the text names the address, what happened and what to do."""


class _PassingError(Exception):
    """What may be over at the next attempt, with the seconds that the server asks to wait."""

    def __init__(self, what: str, wait_s: float | None = None) -> None:
        super().__init__(what)
        self.wait_s = wait_s


@dataclass(frozen=True)
class Validators:
    """What makes the next request conditional (RFC 9110, 8.8)."""

    etag: str | None = None
    last_modified: str | None = None

    def headers(self) -> Mapping[str, str]:
        as_headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in as_headers.items() if value is not None}


@dataclass(frozen=True)
class Fetched:
    """A file that has come whole."""

    path: Path
    size: int
    sha256: str
    validators: Validators


@dataclass(frozen=True)
class Patience:
    """How often to try, and how long to wait: twice as long each time, a random half of it off, so that many
    operators don't come back at once."""

    attempts: int = 5
    first_wait_s: float = 2.0
    longest_wait_s: float = 300.0
    timeout_s: float = 60.0


def user_agent(operator: str, contact: str | None) -> str:
    """Who is asking, as registries want to know."""
    return f"network-stats (operator: {operator}; contact: {contact or 'none given'})"


@dataclass
class Fetcher:
    """Fetches files for one operator; `sleep` and `chance` are given by tests."""

    user_agent: str
    patience: Patience = Patience()
    sleep: Callable[[float], None] = time.sleep
    chance: random.Random = field(default_factory=random.Random)
    opener: urllib.request.OpenerDirector = field(default_factory=urllib.request.build_opener)

    def fetch(
        self, address: str, target: Path, known: Validators | None = None, checksum_suffix: str | None = None
    ) -> Fetched | None:
        """Fetch an address (http, https, or a local file) to `target`; None if it is as `known`.

        FetchError if it can't be had; `target` then does not exist.
        """
        if not REMOTE.match(address):
            return _copy(Path(address.removeprefix("file://")), target)
        fetched = self._patiently(address, lambda: self._get(address, target, known or Validators()))
        if fetched is not None and checksum_suffix is not None:
            self._verify(address + checksum_suffix, target)
        return fetched

    def _patiently(self, address: str, attempt: Callable[[], Fetched | None]) -> Fetched | None:
        wait_s = self.patience.first_wait_s
        for left in reversed(range(self.patience.attempts)):
            try:
                return attempt()
            except _PassingError as error:
                asked_s = error.wait_s
                if asked_s is not None and asked_s > self.patience.longest_wait_s:
                    raise FetchError(f"{address}: {error}, asks to wait {asked_s:.0f} s; pull again later") from error
                if not left:
                    tried = self.patience.attempts
                    raise FetchError(f"{address}: {error}, {tried} times; pull again later") from error
                self.sleep(asked_s if asked_s is not None else wait_s * (0.5 + self.chance.random() / 2))
                wait_s = min(2 * wait_s, self.patience.longest_wait_s)
        raise FetchError(f"{address}: no attempt is allowed; set Patience.attempts to 1 or more")

    def _get(self, address: str, target: Path, known: Validators) -> Fetched | None:
        part = target.with_name(f".{target.name}.part")
        try:
            request = urllib.request.Request(address, headers={"User-Agent": self.user_agent, **known.headers()})
            with self.opener.open(request, timeout=self.patience.timeout_s) as response:
                size, sha256 = _stream(response, part, response.headers.get("Content-Length"))
                validators = Validators(response.headers.get("ETag"), response.headers.get("Last-Modified"))
            part.replace(target)
            return Fetched(target, size, sha256, validators)
        except urllib.error.HTTPError as error:
            with error:
                _raise_unless_not_modified(address, error)
            return None
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            raise _PassingError(f"the connection failed ({error})") from error
        except ValueError as error:
            raise FetchError(f"{address}: is not an address ({error}); correct it in operator.yaml") from error
        finally:
            part.unlink(missing_ok=True)

    def _verify(self, address: str, target: Path) -> None:
        as_headers = target.with_name(f".{target.name}.checksum")
        try:
            self._patiently(address, lambda: self._get(address, as_headers, Validators()))
            found = re.search(r"\b[0-9a-f]{32}\b", as_headers.read_text(encoding="latin-1").lower())
            with target.open("rb") as content:
                digest = hashlib.file_digest(content, "md5").hexdigest()
        except FetchError:
            target.unlink()
            raise
        finally:
            as_headers.unlink(missing_ok=True)
        if found is None or found[0] != digest:
            target.unlink()
            wanted = found[0] if found else "no MD5"
            raise FetchError(f"{address}: tells {wanted}, the file has {digest}; pull again later")


def _stream(response: http.client.HTTPResponse, part: Path, promised: str | None) -> tuple[int, str]:
    """Write the body block by block; a body shorter than promised is a cut connection."""
    size, sha256 = 0, hashlib.sha256()
    with part.open("wb") as out:
        while block := response.read(BLOCK):
            out.write(block)
            sha256.update(block)
            size += len(block)
    if promised is not None and promised.isdecimal() and size != int(promised):
        raise _PassingError(f"the connection was cut after {size} of {promised} bytes")
    return size, sha256.hexdigest()


def _raise_unless_not_modified(address: str, error: urllib.error.HTTPError) -> None:
    if error.code == 304:
        return
    what = f"status {error.code} {error.reason}"
    if error.code in AGAIN:
        raise _PassingError(what, _retry_after(error.headers)) from error
    raise FetchError(f"{address}: {what}; correct the address in operator.yaml, or take the registry out") from error


def _retry_after(headers: Message) -> float | None:
    """The seconds that a server asks to wait (RFC 9110, 10.2.3), a date taken from the server's own clock."""
    as_headers = headers.get("Retry-After")
    if as_headers is None:
        return None
    if as_headers.strip().isdecimal():
        return float(as_headers)
    try:
        until = email.utils.parsedate_to_datetime(as_headers)
        now = email.utils.parsedate_to_datetime(headers["Date"])
    except (TypeError, ValueError):
        return None
    return max(0.0, (until - now).total_seconds())


def _copy(source: Path, target: Path) -> Fetched:
    part = target.with_name(f".{target.name}.part")
    try:
        shutil.copyfile(source, part)
        with part.open("rb") as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
        part.replace(target)
    except OSError as error:
        raise FetchError(f"{source}: can't be read ({error}); correct the address in operator.yaml") from error
    finally:
        part.unlink(missing_ok=True)
    return Fetched(target, target.stat().st_size, sha256, Validators())
