"""`netstats collect`: receive NetFlow, IPFIX and sFlow, and write what came as captures by exporter and day.

Belongs here: options, processes, locks and signals. Does not belong here: receiving and writing
(assets.exports.collecting).
"""

import fcntl
import os
import resource
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import click

from assets.exports.collecting.capture_file import complete, left_below
from assets.exports.collecting.collector import Collector
from assets.exports.collecting.counts import read_counts
from assets.exports.collecting.filing import Filing, Finisher, Limits
from assets.exports.collecting.sockets import Receiver, opened
from assets.operator import OperatorError, load_operator
from orchestration import resources
from orchestration.commands.terminal import Lines

Address = IPv4Address | IPv6Address
LISTEN, PORTS = ("127.0.0.1",), (2055, 4739, 6343)
FILES_BESIDE_CAPTURES = 64


@dataclass(frozen=True)
class Settings:
    """Where to receive, where to write, and how much."""

    folder: Path
    addresses: tuple[Address, ...]
    ports: tuple[int, ...]
    processes: int
    buffer_bytes: int
    limits: Limits
    known: frozenset[Address]


def settings(
    folder: Path,
    *,
    listen: Sequence[str],
    ports: Sequence[int],
    processes: int,
    buffer_mb: int,
    minutes: int,
    megabytes: int,
    most_exporters: int,
) -> Settings:
    """The settings that options mean; Lines if an address is not one."""
    return Settings(
        folder=folder.absolute(),
        addresses=tuple(_address(one) for one in dict.fromkeys(listen or LISTEN)),
        ports=tuple(dict.fromkeys(ports or PORTS)),
        processes=processes,
        buffer_bytes=buffer_mb << 20,
        limits=Limits(timedelta(minutes=minutes), megabytes << 20, most_exporters),
        known=_known_exporters(),
    )


def _address(given: str) -> Address:
    try:
        return ip_address(given)
    except ValueError as error:
        raise Lines(f"--listen {given}: is not an address; write one of this machine, such as 0.0.0.0") from error


def _known_exporters() -> frozenset[Address]:
    """The exporters of the selected operator, which a flood keeps out of no folder; none without a valid one."""
    try:
        folder = resources.workspace_from_environment().operator_folder
        return frozenset(row.exporter for row in load_operator(folder).exporters)
    except (OperatorError, resources.SettingsError) as error:
        _say(f"no exporter is known by its row: {str(error).splitlines()[0]}")
        return frozenset()


def run(settings: Settings) -> None:
    """Receive until SIGTERM or Ctrl-C, which name the last files; Lines if it can't begin."""
    with ExitStack() as held:
        try:
            settings.folder.mkdir(parents=True, exist_ok=True)
            for number in range(settings.processes):
                held.enter_context(_alone(settings.folder, number))
            _complete_what_was_left(settings.folder, settings.processes)
        except OSError as error:
            raise Lines(f"{settings.folder} can't be written ({error.strerror}); name another folder") from error
        _allow_files(settings)
        if settings.processes == 1:
            _receive(settings, 0, _receivers(settings, is_shared=False))
        else:
            _receive_by_processes(settings)


@contextmanager
def _alone(folder: Path, number: int) -> Iterator[None]:
    """Of two collectors with one folder and number, each would take the other's files for left ones."""
    with (folder / f".collector-{number}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Lines(f"{folder}: another collector writes there; end it, or name another folder") from error
        yield


def _complete_what_was_left(folder: Path, processes: int) -> None:
    """Name what a killed collector left, of our numbers and of those that nobody has any more."""
    with ExitStack() as held:
        for hidden, number in left_below(folder):
            if number >= processes and not _is_free(held, folder, number):
                continue
            named = complete(hidden)
            _say(
                f"{named} was left by a collector that was killed, and is complete now"
                if named
                else f"{hidden} is empty"
            )


def _is_free(held: ExitStack, folder: Path, number: int) -> bool:
    lock = held.enter_context((folder / f".collector-{number}.lock").open("a"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _allow_files(settings: Settings) -> None:
    """Let the process have as many files open as it may need, or say how many exporters that is."""
    # While those of a stretch of time are being named, those of the next are open.
    wanted = 2 * (settings.limits.most_exporters + len(settings.known)) + FILES_BESIDE_CAPTURES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        raise Lines(
            f"{wanted} files may have to be open, and {hard} are allowed; lower --most-exporters, or raise the limit "
            "(LimitNOFILE of the unit, ulimit -n)"
        )


def _receivers(settings: Settings, *, is_shared: bool) -> list[Receiver]:
    receivers = []
    for address in settings.addresses:
        for port in settings.ports:
            try:
                receivers.append(opened(address, port, settings.buffer_bytes, is_shared=is_shared))
            except OSError as error:
                what = f"port {port} of {address} can't be received at ({error.strerror})"
                raise Lines(f"{what}; end what receives there, or name others with --listen and --port") from error
    return receivers


def _receive(settings: Settings, number: int, receivers: Sequence[Receiver]) -> None:
    """One process, until it is asked to end."""
    finisher = Finisher(_say)
    filing = Filing(
        settings.folder,
        number,
        settings.limits,
        read_counts(settings.folder, number),
        settings.known,
        _say,
        finisher,
    )
    collector = Collector(receivers, filing, _say)
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, collector.stop)
    if number == 0:
        _tell_beginning(settings, receivers)
    collector.run()


def _tell_beginning(settings: Settings, receivers: Sequence[Receiver]) -> None:
    at = ", ".join(f"{one.address} port {one.port}" for one in receivers)
    _say(f"receiving at {at}; writing to {settings.folder}/<exporter>/<date>/")
    least = min(one.buffer_bytes for one in receivers)
    if least < settings.buffer_bytes:
        _say(
            f"the kernel gives sockets buffers of {least} bytes, not {settings.buffer_bytes}: raise net.core.rmem_max "
            "(sysctl), or give CAP_NET_ADMIN"
        )


def _receive_by_processes(settings: Settings) -> None:
    """A process for each number with sockets of its own, between which the kernel divides the exporters."""
    # What receives there already would take a part of what comes: without sharing it shows.
    for one in _receivers(settings, is_shared=False):
        one.listening.close()
    children = {_begin(settings, number) for number in range(settings.processes)}

    def end(*_: object) -> None:
        for child in children:
            os.kill(child, signal.SIGTERM)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    statuses = []
    while children:
        child, status = os.wait()
        children.discard(child)
        statuses.append(os.waitstatus_to_exitcode(status))
        end()
    sys.exit(any(statuses))


def _begin(settings: Settings, number: int) -> int:
    if child := os.fork():
        return child
    status = 1
    try:
        _receive(settings, number, _receivers(settings, is_shared=True))
        status = 0
    except Lines as error:
        error.show()
    finally:
        os._exit(status)


def _say(line: str) -> None:
    """To standard error, where systemd's journal takes it with its time."""
    click.echo(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {line}", err=True)
