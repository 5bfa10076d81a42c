"""One process that receives: from its sockets to its files, until it is asked to end.

Belongs here: the loop. Does not belong here: options, processes and signals (orchestration.commands.collect).
"""

import selectors
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from assets.exports.collecting.counts import DayCounts, write_counts
from assets.exports.collecting.filing import OTHERS, WRITE_AT_BYTES, Filing, Say
from assets.exports.collecting.packets import Head, address_of, head_of
from assets.exports.collecting.sockets import Receiver

LARGEST_DATAGRAM = 65_535
AT_ONCE = 512
"""Datagrams that are taken from one socket before the others are looked at."""
MOST_SENDERS = 10_000
BETWEEN_LOOKS_S, BETWEEN_COUNTS_S, LONGEST_END_S = 0.5, 10.0, 2.0
BETWEEN_WORDS_S = 60.0
Senders = dict[tuple[str, int], tuple[Head, str]]
"""By host and port of a sender what stands before its datagrams, and the folder that they go to."""


@dataclass
class Collector:
    """Receives at its sockets and files what comes; `stop` may be called from a signal."""

    receivers: Sequence[Receiver]
    filing: Filing
    say: Say
    clock: Callable[[], float] = time.time
    is_stopping: bool = False
    senders: list[Senders] = field(default_factory=list)
    day: DayCounts = field(default_factory=DayCounts)
    today: date | None = None
    said_dropped_at: float = -BETWEEN_WORDS_S

    def stop(self, *_: object) -> None:
        """End after what the sockets hold."""
        self.is_stopping = True

    def run(self) -> None:
        """Receive until stopped; then take what the sockets hold, and name all files."""
        with selectors.DefaultSelector() as selector:
            for number, receiver in enumerate(self.receivers):
                selector.register(receiver.listening, selectors.EVENT_READ, number)
            looked_at = counted_at = time.monotonic()
            self.filing.losses.take_up(datetime.fromtimestamp(self.clock(), UTC).date())
            self._tell_losses()
            self._tell_counts(is_running=True)
            while not self.is_stopping:
                self._take_from(selector.select(BETWEEN_LOOKS_S))
                now = time.monotonic()
                if now - looked_at >= BETWEEN_LOOKS_S:
                    self._look()
                    looked_at = now
                if now - counted_at >= BETWEEN_COUNTS_S:
                    self._tell_counts(is_running=True)
                    counted_at = now
            self._take_the_rest(selector)
        self._end()

    def _take_from(self, ready: Sequence[tuple[selectors.SelectorKey, int]]) -> int:
        """Take what some sockets hold; how many datagrams that were."""
        now = datetime.fromtimestamp(self.clock(), UTC)
        has_begun = self.filing.begin_at(now)
        if has_begun:
            self._tell_losses()
        if has_begun or now.date() != self.today:
            self.senders = [{} for _ in self.receivers]
            self.today, self.day = now.date(), self.filing.counts.of(now.date())
        taken = sum(self._take(key.data, now) for key, _ in ready)
        self.filing.write(at_least=WRITE_AT_BYTES)
        return taken

    def _take(self, number: int, now: datetime) -> int:
        """Take datagrams of one socket until it has none, or others have waited long enough.

        It runs for every datagram: what it needs is looked up once.
        """
        receive, known_senders, clock = self.receivers[number].listening.recvfrom, self.senders[number], self.clock
        files, taken, taken_bytes, apart = self.filing.files, 0, 0, 0
        with suppress(BlockingIOError):
            while taken < AT_ONCE:
                payload, sender = receive(LARGEST_DATAGRAM)
                known = known_senders.get(sender[:2])
                if known is None:
                    known = self._know(number, sender[0], sender[1])
                at, (head, name) = clock(), known
                second = int(at)
                file = files.get(name) or self.filing.file_of(name, now)
                file.take(head(second, int((at - second) * 1_000_000), len(payload)), payload)
                taken += 1
                taken_bytes += len(payload)
                apart += name is OTHERS
        self.day.datagrams += taken
        self.day.bytes += taken_bytes
        self.day.apart += apart
        return taken

    def _know(self, number: int, host: str, port: int) -> tuple[Head, str]:
        """What is the same for all datagrams of a sender; of made-up ones not more than fit are kept."""
        receiver, sender, known = self.receivers[number], address_of(host), self.senders[number]
        if len(known) >= MOST_SENDERS:
            known.clear()
        found = head_of(sender, port, receiver.address, receiver.port), self.filing.name_of(sender)
        known[host, port] = found
        return found

    def _look(self) -> None:
        """Write what waits, and ask the kernel what it dropped."""
        self.filing.write()
        dropped = sum(one.newly_dropped() for one in self.receivers)
        if dropped:
            self.filing.losses.drop(datetime.fromtimestamp(self.clock(), UTC).date(), dropped)
        if dropped and time.monotonic() - self.said_dropped_at >= BETWEEN_WORDS_S:
            self.say(f"the kernel dropped {dropped} datagrams: give a larger --buffer or more --processes")
            self.said_dropped_at = time.monotonic()

    def _tell_losses(self) -> None:
        """Write what was lost since the last files of it, for whoever decodes the captures."""
        try:
            if self.filing.losses.write(datetime.fromtimestamp(self.clock(), UTC)):
                self._tell_counts(is_running=True)
        except OSError as error:
            self.say(f"{self.filing.folder}: what was lost can't be written yet ({error.strerror}); make room")

    def _tell_counts(self, *, is_running: bool) -> None:
        self.filing.counts.is_running = is_running
        try:
            write_counts(self.filing.folder, self.filing.counts, datetime.fromtimestamp(self.clock(), UTC))
        except OSError as error:
            self.say(f"{self.filing.folder}: what was counted can't be written ({error.strerror}); make room")

    def _take_the_rest(self, selector: selectors.BaseSelector) -> None:
        until = time.monotonic() + LONGEST_END_S
        while time.monotonic() < until and self._take_from(selector.select(0)):
            pass

    def _end(self) -> None:
        self._look()
        for one in self.receivers:
            one.listening.close()
        self.filing.name_all()
        self.filing.finisher.end()
        self._tell_losses()
        self._tell_counts(is_running=False)
