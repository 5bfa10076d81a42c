"""A Chromium that is found on this machine, told what to do over a pipe, and kept from every network.

Belongs here: finding, starting, asking and ending it. Does not belong here: what it draws or looks at.
"""

import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
VARIABLE = "NETSTATS_CHROMIUM"
OPTIONS = (
    "--headless=new",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--mute-audio",
    "--hide-scrollbars",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    # Nothing that a page names is looked up or reached.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
# What the child reads its orders from, and writes its answers to.
ORDERS, ANSWERS = 3, 4
SECONDS = 120.0
# What a socket's path may have (unix(7)), less what Chromium appends to its folder for temporary files.
LONGEST_FOLDER_OF_SOCKETS = 107 - len("/org.chromium.Chromium.XXXXXX/SingletonSocket")
REMEDY = f"set {VARIABLE} to another one, or to nothing to do without"


class BrowserError(Exception):
    """A Chromium that did not start, did not answer in time, or refused an order."""


def found_chromium() -> str | None:
    """The path of the Chromium that NETSTATS_CHROMIUM names (empty: none), or of the first that is on the PATH."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return shutil.which(named) if named else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@dataclass
class Browser:
    """A running Chromium; `orders` and `answers` are file descriptors of its pipe."""

    orders: int
    answers: int
    events: list[dict[str, Any]] = field(default_factory=list)
    _unread: bytearray = field(default_factory=bytearray)
    _last: int = 0
    _answers: dict[int, dict[str, Any]] = field(default_factory=dict)

    def ask(self, method: str, session: str = "", **values: object) -> dict[str, Any]:
        """Order something and wait for its result; BrowserError if it is refused."""
        return self.answer(self.order(method, session, **values), method)

    def order(self, method: str, session: str = "", **values: object) -> int:
        """Order something without waiting; the number by which its result is asked for."""
        self._last += 1
        order = {"id": self._last, "method": method, "params": values}
        message = json.dumps(order | ({"sessionId": session} if session else {})).encode() + b"\0"
        try:
            while message:
                message = message[os.write(self.orders, message) :]
        except BrokenPipeError as error:
            raise BrowserError(f"Chromium ended; {REMEDY}") from error
        return self._last

    def answer(self, ordered: int, method: str) -> dict[str, Any]:
        """The result of an order, once there is one; BrowserError if it was refused."""
        deadline = time.monotonic() + SECONDS
        while ordered not in self._answers:
            self._take(deadline)
        answer = self._answers.pop(ordered)
        if "error" in answer:
            raise BrowserError(f"Chromium refused {method}: {answer['error'].get('message')}")
        return dict(answer["result"])

    def wait(self, method: str, session: str) -> None:
        """Wait until an event was told since the last time that `events` was emptied."""
        deadline = time.monotonic() + SECONDS
        while not any(one.get("method") == method and one.get("sessionId") == session for one in self.events):
            self._take(deadline)

    def page(self) -> "BrowserPage":
        """A new page that shows nothing yet."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for part in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{part}.enable", session)
        return BrowserPage(self, session)

    def _take(self, deadline: float) -> None:
        """Keep the next thing that it tells: an answer, or an event."""
        told = self._next(deadline)
        if "id" in told:
            self._answers[told["id"]] = told
        else:
            self.events.append(told)

    def _next(self, deadline: float) -> dict[str, Any]:
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self.answers], [], [], max(deadline - time.monotonic(), 0))
            part = os.read(self.answers, 1 << 20) if ready else b""
            if not part:
                why = "ended" if ready else f"did not answer within {SECONDS:.0f} seconds"
                raise BrowserError(f"Chromium {why}; {REMEDY}")
            self._unread += part
        message, _, rest = bytes(self._unread).partition(b"\0")
        self._unread = bytearray(rest)
        return dict(json.loads(message))


@dataclass
class BrowserPage:
    """One page of a browser."""

    browser: Browser
    session: str

    def ask(self, method: str, **values: object) -> dict[str, Any]:
        """Order something of this page."""
        return self.browser.ask(method, self.session, **values)

    def go(self, address: str) -> None:
        """Go to an address and wait until all of it is loaded."""
        self.browser.events.clear()
        failed = self.ask("Page.navigate", url=address).get("errorText")
        if failed:
            raise BrowserError(f"Chromium could not open {address}: {failed}")
        self.browser.wait("Page.loadEventFired", self.session)

    def run(self, script: str) -> Any:
        """The value of a script in the page, or of what it promises; BrowserError if it throws."""
        return self.value(self.begin(script))

    def begin(self, script: str) -> int:
        """Let a script run in the page while others do in theirs; the number by which its value is asked for."""
        values = {"expression": script, "awaitPromise": True, "returnByValue": True}
        return self.browser.order("Runtime.evaluate", self.session, **values)

    def value(self, begun: int) -> Any:
        """The value of a script that was begun; BrowserError if it throws."""
        answer = self.browser.answer(begun, "Runtime.evaluate")
        if "exceptionDetails" in answer:
            thrown = answer["exceptionDetails"].get("exception", {})
            raise BrowserError(f"a script failed in Chromium: {thrown.get('description', thrown.get('value'))}")
        return answer["result"].get("value")


@contextmanager
def open_browser(path: str | None = None) -> Iterator[Browser]:
    """Start the Chromium that is found, with a profile of its own, and end it with the block."""
    program = path or found_chromium()
    if program is None:
        raise BrowserError(f"no Chromium is found; install one (apt install chromium) or name it in {VARIABLE}")
    with tempfile.TemporaryDirectory(prefix="netstats-browser-", ignore_cleanup_errors=True) as profile:
        process, orders, answers = _start(program, profile)
        try:
            yield Browser(orders, answers)
        finally:
            os.close(orders)
            os.close(answers)
            _end(process)


def _start(program: str, profile: str) -> tuple[int, int, int]:
    told, orders = os.pipe()
    answers, telling = os.pipe()
    # As root Chromium has no sandbox; what it opens here was written by us, and no network is reached.
    options = [*OPTIONS, f"--user-data-dir={profile}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    home: Mapping[str, str] = {"HOME": profile, "XDG_CONFIG_HOME": profile, "XDG_CACHE_HOME": profile}
    # It is killed in the end, and its temporary files would stay.
    temporary = {"TMPDIR": profile} if len(profile) <= LONGEST_FOLDER_OF_SOCKETS else {}
    # The two numbers may be taken by each other's pipe: both move out of the way first.
    ends = [os.dup(end) for end in (told, telling)]
    try:
        process = os.posix_spawn(
            program,
            [program, *options],
            {**os.environ, **home, **temporary},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_DUP2, ends[0], ORDERS + 60),
                (os.POSIX_SPAWN_DUP2, ends[1], ANSWERS + 60),
                (os.POSIX_SPAWN_DUP2, ORDERS + 60, ORDERS),
                (os.POSIX_SPAWN_DUP2, ANSWERS + 60, ANSWERS),
            ],
            setpgroup=0,
        )
    finally:
        for end in (told, telling, *ends):
            os.close(end)
    return process, orders, answers


def _end(process: int) -> None:
    """End the browser with the processes that it started; all are of its own group."""
    with suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    os.waitpid(process, 0)
