"""Coverage-guided fuzzing of every binary decoder and container: python -m tests.fuzz.fuzz_decoders --seconds 20.

Each target runs in a process of its own, from seeds of the tests' encoders. An input that raises, takes longer than
--timeout or lifts the process above --memory is kept and named; running it again: --target NAME --again FILE.
"""

import argparse
import os
import random
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["assets.formats"]):
    from assets.formats import _discovery

    _discovery.datagram_formats()
    from tests.fuzz.targets import TARGETS
from tests.fuzz.seeds import framed, unframed

LARGEST_INPUT = 1 << 16
MOST_COUNTED = 64
WORDS = (0, 1, 2, 3, 4, 5, 8, 9, 10, 12, 16, 20, 27, 34, 48, 82, 152, 160, 256, 257, 300, 302, 315, 0x7FFF, 0xFFFF)


def main() -> int:
    options = _options()
    if options.again is not None:
        TARGETS[options.target[0]].run(options.again.read_bytes(), lambda name, count: None)
        return 0
    if options.fuzz is not None:
        _fuzz(options.fuzz, options.rest)
    names = options.target or list(TARGETS)
    share = options.seconds * options.jobs / len(names)
    with ThreadPoolExecutor(options.jobs) as at_once:
        outcomes = list(at_once.map(lambda name: _run(name, share, options), names))
    return max(outcomes)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", action="append", choices=list(TARGETS), help="only these; all by default")
    parser.add_argument("--seconds", type=float, default=20, help="for all targets together")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="targets at a time")
    parser.add_argument("--timeout", type=int, default=5, help="seconds an input may take")
    parser.add_argument("--memory", type=int, default=700, help="megabytes a process may take")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, default=Path(tempfile.gettempdir()) / "fuzz-corpus", help="is kept")
    parser.add_argument("--again", type=Path, help="run one input that failed")
    parser.add_argument("--fuzz", choices=list(TARGETS), help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs="*", help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(name: str, seconds: float, options: argparse.Namespace) -> int:
    """Fuzz one target in a process of its own, and print what came of it; returns 1 if an input failed."""
    corpus = options.corpus / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(TARGETS[name].seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    limits = f"-max_total_time={max(1, round(seconds))} -timeout={options.timeout} -rss_limit_mb={options.memory}"
    arguments = f"-max_len={LARGEST_INPUT} -seed={options.seed} -print_final_stats=1 {limits}".split()
    kept = f"-artifact_prefix={options.corpus}/{name}-"
    command = [sys.executable, "-m", "tests.fuzz.fuzz_decoders", "--fuzz", name, "--", *arguments, kept, str(corpus)]
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    print(f"{name:<11}{_told(ended.stderr)}", flush=True)
    if ended.returncode:
        print(ended.stdout[-4000:], ended.stderr[-4000:], flush=True)
    return int(ended.returncode != 0)


def _told(log: str) -> str:
    """Executions, coverage before and after, the slowest input and the peak of memory, from libFuzzer's log."""
    covered = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", log) or [("0", "0", "0")]
    stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", log))
    growth = f"coverage {covered[0][0]} to {covered[-1][0]}, features {covered[0][1]} to {covered[-1][1]}"
    return (
        f"{stats.get('number_of_executed_units', '?'):>9} inputs; {growth}; {covered[-1][2]} kept; "
        f"slowest {stats.get('slowest_unit_time_sec', '?')} s; peak {stats.get('peak_rss_mb', '?')} MB"
    )


def _fuzz(name: str, arguments: list[str]) -> None:
    """Hand the process over to libFuzzer, which ends it."""
    target, counters = TARGETS[name], dict[str, Callable[[int], None]]()

    def seen(what: str, count: int) -> None:
        if what not in counters:
            counters[what] = atheris.instrument_func(_counter())
        counters[what](min(count, MOST_COUNTED))

    def run(data: bytes) -> None:
        target.run(data, seen)

    mutate = {"custom_mutator": _mutator(target.versions)} if target.versions else {}
    atheris.Setup([sys.argv[0], *arguments], run, **mutate)
    atheris.Fuzz()


def _counter() -> Callable[[int], None]:
    """A loop whose rounds the fuzzer counts: what numpy does for many records at once has no branches to be seen."""

    def count(rounds: int) -> None:
        for _ in range(rounds):
            pass

    return count


def _mutator(versions: tuple[bytes, ...]) -> Callable[[bytes, int, int], bytes]:
    """Mutations that keep what is around a datagram whole: of one datagram's bytes or words, or of their order."""

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance, payloads = random.Random(seed), unframed(data)
        if not payloads:
            return framed([versions[0] + atheris.Mutate(data, 100)])
        for _ in range(chance.choice((1, 1, 2, 4))):
            place = chance.randrange(len(payloads))
            chance.choice(MUTATIONS)(payloads, place, chance)
        headed = [one if one.startswith(versions) else versions[0] + one[len(versions[0]) :] for one in payloads]
        return framed([one[:0xFFFF] for one in headed])[:most]

    return mutate


def _bytes(payloads: list[bytes], place: int, chance: random.Random) -> None:
    payloads[place] = atheris.Mutate(payloads[place], len(payloads[place]) + 64)


def _word(payloads: list[bytes], place: int, chance: random.Random) -> None:
    one = payloads[place]
    if len(one) < 4:
        return
    at, form = 2 * chance.randrange(len(one) // 2 - 1), chance.choice((">H", ">I"))
    value = chance.choice((*WORDS, len(one) - at, len(one), 2**31, 2**32 - 1)) % (1 << 8 * struct.calcsize(form))
    payloads[place] = one[:at] + struct.pack(form, value) + one[at + struct.calcsize(form) :]


def _piece(payloads: list[bytes], place: int, chance: random.Random) -> None:
    """A piece of any datagram, in whole words, put into this one."""
    source, one = chance.choice(payloads), payloads[place]
    begin = 4 * chance.randrange(len(source) // 4 + 1)
    piece = source[begin : begin + 4 * chance.randrange(1, 40)]
    at = 4 * chance.randrange(len(one) // 4 + 1)
    payloads[place] = one[:at] + piece + one[at + chance.choice((0, len(piece))) :]


def _again(payloads: list[bytes], place: int, chance: random.Random) -> None:
    payloads.insert(chance.randrange(len(payloads) + 1), payloads[place])


def _without(payloads: list[bytes], place: int, chance: random.Random) -> None:
    if len(payloads) > 1:
        del payloads[place]


def _swapped(payloads: list[bytes], place: int, chance: random.Random) -> None:
    other = chance.randrange(len(payloads))
    payloads[place], payloads[other] = payloads[other], payloads[place]


MUTATIONS = (_bytes, _bytes, _word, _word, _word, _piece, _piece, _again, _without, _swapped)

if __name__ == "__main__":
    sys.exit(main())
