"""What a person at a terminal sees of a run: progress bars, and errors as lines.

Belongs here: drawing on standard error. Does not belong here: starting runs (orchestration.commands.launch).
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from assets.ground.progress import Item


class TerminalProgress:
    """Draws a bar for each piece of work, one below the other; each stays when it is done.

    It has a standard error of its own, since a run sends what its steps print there to its log.
    """

    def __init__(self) -> None:
        self.screen = os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8")
        self.drawn = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description:<34}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(file=self.screen),
        )

    def track(self, items: Iterable[Item], description: str, total: int | None = None) -> Iterator[Item]:
        task = self.drawn.add_task(description, total=total if total is not None else _length(items))
        done = 0
        for item in items:
            yield item
            done += 1
            self.drawn.update(task, completed=done)
        self.drawn.update(task, total=done, completed=done)

    @contextmanager
    def step(self, description: str) -> Iterator[None]:
        """A piece of work that can't be counted: a bar that moves until it is done."""
        task = self.drawn.add_task(description, total=None)
        yield
        self.drawn.update(task, total=1, completed=1)

    @contextmanager
    def counted(self, description: str, total: int) -> Iterator[Callable[[int, int], None]]:
        """A bar that the work itself moves, by telling how many of how many pieces are done."""
        task = self.drawn.add_task(description, total=total)
        yield lambda done, of: self.drawn.update(task, completed=done, total=of)
        self.drawn.update(task, completed=total, total=total)

    def __enter__(self) -> "TerminalProgress":
        self.drawn.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.drawn.stop()
        self.screen.close()


def _length(items: Iterable[object]) -> int | None:
    return len(items) if isinstance(items, Sized) else None


def warn(line: str) -> None:
    """A line on standard error of what did not go as it should, and stops nothing."""
    click.echo(f"warning        {line}", err=True)


INTERRUPTED = "interrupted: what was published before stays as it was; run the same again, and it is completed"


class Lines(click.ClickException):
    """An error that is shown as its own lines, without a frame around it."""

    def show(self, file: object = None) -> None:
        click.echo(self.message, err=True)


@contextmanager
def telling_errors(*kinds: type[Exception]) -> Iterator[None]:
    """Show these errors as lines and leave with status 1; all others are faults of the program and keep their trace."""
    try:
        yield
    except kinds as error:
        raise Lines(str(error)) from error


class Interrupted(Lines):
    """Ctrl-C, told in a line, with the status that shells give it."""

    exit_code = 130


@contextmanager
def telling_interrupts(kind: type[BaseException] = KeyboardInterrupt) -> Iterator[None]:
    """Show Ctrl-C, SIGTERM, and an error for either, as one line on what is left, and leave with status 130."""
    ended_by = signal.getsignal(signal.SIGTERM)
    # Without this a service that is stopped would end in the middle, and say nothing.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except (KeyboardInterrupt, kind) as error:
        raise Interrupted(INTERRUPTED) from error
    finally:
        signal.signal(signal.SIGTERM, ended_by)
