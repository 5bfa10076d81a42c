"""What runs and commands did, as lines of JSON in the state, for whoever looks later and for programs.

Belongs here: the lines, the file, and what must not stand in it. Does not belong here: which events there are
(orchestration.event_log hands them over), who is told of them (orchestration.alerts).
"""

import fcntl
import ipaddress
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LARGEST_BYTES, KEPT_FILES = 8 << 20, 5
LONGEST_MESSAGE = 4000
FOR_OWNER = 0o600
HIDDEN_ADDRESS, HIDDEN_SECRET = "[address]", "[secret]"
MAY_BE_ADDRESS = re.compile(r"[0-9a-fA-F]*[.:][0-9a-fA-F.:]*[0-9a-fA-F:](?:/\d{1,3})?")
USER_IN_ADDRESS = re.compile(r"(?<=://)[^/\s@]+@")
IS_SECRET = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
SHORTEST_SECRET = 6
Line = Mapping[str, Any]


def log_path(state: Path) -> Path:
    """The newest lines; older ones lie beside it, with a number."""
    return state / "logs" / "netstats.jsonl"


def line(at: datetime, level: str, message: str, **told: str | None) -> Line:
    """A line: when, how bad, what, and of what (command, job, partition, run, step, asset) as far as it is known."""
    known = {name: value for name, value in told.items() if value}
    return {"time": at.astimezone(UTC).isoformat(timespec="milliseconds"), "level": level, **known, "message": message}


def write(path: Path, lines: Iterable[Line], environment: Mapping[str, str] = os.environ) -> None:
    """Add lines to a file that is for its owner alone; of a full one the older part is kept under another name."""
    texts = [json.dumps({**one, "message": without_secrets(str(one["message"]), environment)}) for one in lines]
    if not texts:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(path):
        if path.exists() and path.stat().st_size >= LARGEST_BYTES:
            _rotate(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, FOR_OWNER)
        with os.fdopen(descriptor, "w", encoding="utf-8") as log:
            log.write("".join(f"{text}\n" for text in texts))


def note(path: Path, lines: Iterable[Line]) -> None:
    """Add lines, or tell in a line that it can't be done: for that nothing else fails."""
    try:
        write(path, lines)
    except OSError as error:
        logging.getLogger(__name__).warning("%s can't be written (%s); make room or mend it", path, error.strerror)


@contextmanager
def noting(state: Path, command: str) -> Iterator[None]:
    """Lines of how a command began and ended, and why, if it failed."""

    def say(level: str, message: str) -> None:
        note(log_path(state), [line(datetime.now(UTC), level, message, command=command)])

    say("info", "the command began")
    try:
        yield
    except Exception as error:
        say("error", f"the command failed: {error}".strip())
        raise
    say("info", "the command ended")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """The daemon's runs and a command may write at the same time."""
    with path.with_name(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _rotate(path: Path) -> None:
    for number in range(KEPT_FILES - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        newer = path if number == 1 else path.with_name(f"{path.name}.{number - 1}")
        if newer.exists():
            newer.replace(older)


def without_secrets(message: str, environment: Mapping[str, str] = os.environ) -> str:
    """A message in which no address of a host stands, nor a user or password, nor a secret of the environment."""
    for name, value in environment.items():
        if IS_SECRET.search(name) and len(value) >= SHORTEST_SECRET:
            message = message.replace(value, HIDDEN_SECRET)
    message = USER_IN_ADDRESS.sub(f"{HIDDEN_SECRET}@", message)
    message = MAY_BE_ADDRESS.sub(_without_address, message)
    return message if len(message) <= LONGEST_MESSAGE else f"{message[:LONGEST_MESSAGE]} ..."


def _without_address(found: re.Match[str]) -> str:
    """What stands for a text that may be an address or prefix; punctuation behind it stays."""
    text = found[0]
    told = text.rstrip(".:") if not text.endswith("::") else text
    try:
        ipaddress.ip_network(told, strict=False)
    except ValueError:
        return text
    return HIDDEN_ADDRESS + text[len(told) :]
