"""One target in the hands of libFuzzer, which ends the process: what fuzz_decoders starts.

Belongs here: instrumenting the decoders, and telling libFuzzer what happened inside numpy.
"""

import resource
import sys
import time
from collections.abc import Callable

import atheris

with atheris.instrument_imports(include=["assets.exports.formats"]):
    from assets.exports.formats import _discovery
    from tests.fuzz.targets import TARGETS

    _discovery.datagram_formats()
from tests.fuzz.mutations import mutator

MOST_COUNTED = 64


def main(name: str, most_seconds: str, most_megabytes: str, *arguments: str) -> None:
    """Fuzz until libFuzzer's own limits; an input that takes more CPU or memory than these fails."""
    target, counters = TARGETS[name], dict[str, Callable[[int], None]]()

    def seen(what: str, count: int) -> None:
        if what not in counters:
            counters[what] = atheris.instrument_func(_counter())
        counters[what](min(count, MOST_COUNTED))

    def run(data: bytes) -> None:
        began, before = time.process_time(), _peak_megabytes()
        target.run(data, seen)
        seconds, megabytes = time.process_time() - began, _peak_megabytes() - before
        assert seconds <= float(most_seconds), f"{len(data)} bytes take {seconds:.1f} seconds"
        assert megabytes <= float(most_megabytes), f"{len(data)} bytes take {megabytes} megabytes"

    own = {"custom_mutator": mutator(target.versions)} if target.versions else {}
    atheris.Setup([sys.argv[0], *arguments], run, **own)
    atheris.Fuzz()


def _peak_megabytes() -> int:
    """Of the process, in which libFuzzer and atheris themselves take more and more: only its growth says something."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def _counter() -> Callable[[int], None]:
    """A loop whose rounds libFuzzer counts: what numpy does with many records at once has no branches to see."""

    def count(rounds: int) -> None:
        for _ in range(rounds):
            pass

    return count


if __name__ == "__main__":
    main(*sys.argv[1:])
