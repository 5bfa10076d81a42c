"""Coverage-guided fuzzing of every binary decoder and container: python -m tests.fuzz.fuzz_decoders --seconds 20.

Each target runs in a process of its own, from seeds of the tests' encoders. An input that raises, takes longer than
--timeout or more memory than --memory fails the run; it is kept, named, and runs again by --target T --again F.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.targets import TARGETS

LARGEST_INPUT = 1 << 16
LOG_CHARACTERS = 4000
# Of the whole process, by libFuzzer: far beyond what an input may take.
HANGING_SECONDS, MOST_MEGABYTES = 30, 2000


def main() -> int:
    options = _options()
    if options.again is not None:
        TARGETS[options.target[0]].run(options.again.read_bytes(), lambda name, count: None)
        return 0
    names, folder = options.target or list(TARGETS), options.corpus or Path(tempfile.mkdtemp(prefix="fuzz-"))
    seconds = options.seconds * options.jobs / len(names)
    with ThreadPoolExecutor(options.jobs) as at_once:
        failed = list(at_once.map(lambda name: _fails(name, seconds, folder, options), names))
    if options.corpus is None and not any(failed):
        shutil.rmtree(folder)
    return int(any(failed))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", action="append", choices=list(TARGETS), help="only these; all by default")
    parser.add_argument("--seconds", type=float, default=20, help="for all targets together")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="targets at a time")
    parser.add_argument("--timeout", type=float, default=2, help="seconds of CPU that an input may take")
    parser.add_argument("--memory", type=int, default=200, help="megabytes that an input may take")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, help="a folder to go on from and to keep what is found in")
    parser.add_argument("--again", type=Path, help="run one input of one target")
    return parser.parse_args()


def _fails(name: str, seconds: float, folder: Path, options: argparse.Namespace) -> bool:
    """Fuzz one target and print what came of it; whether an input failed."""
    corpus = folder / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(TARGETS[name].seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    limits = f"-max_total_time={max(1, round(seconds))} -timeout={HANGING_SECONDS} -rss_limit_mb={MOST_MEGABYTES}"
    wanted = f"-max_len={LARGEST_INPUT} -seed={options.seed} -print_final_stats=1 -artifact_prefix={folder}/{name}-"
    bounds = [str(options.timeout), str(options.memory)]
    started = [sys.executable, "-m", "tests.fuzz.one_target", name, *bounds]
    command = [*started, *limits.split(), *wanted.split(), str(corpus)]
    environment = {**os.environ, "TMPDIR": str(folder)}
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment, check=False)
    print(f"{name:<11}{_told(ended.stderr)}", flush=True)
    if ended.returncode:
        print(ended.stdout[-LOG_CHARACTERS:], ended.stderr[-LOG_CHARACTERS:], flush=True)
    return ended.returncode != 0


def _told(log: str) -> str:
    """What libFuzzer's log says: executions, coverage at first and at last, slowest input, peak of memory."""
    covered = re.findall(r"cov: (\d+) ft: (\d+) corp: (\d+)", log) or [("0", "0", "0")]
    stats = dict(re.findall(r"stat::(\w+):\s+(\d+)", log))
    growth = f"coverage {covered[0][0]} to {covered[-1][0]}, features {covered[0][1]} to {covered[-1][1]}"
    return (
        f"{stats.get('number_of_executed_units', '?'):>9} inputs; {growth}; {covered[-1][2]} kept; "
        f"slowest {stats.get('slowest_unit_time_sec', '?')} s; peak {stats.get('peak_rss_mb', '?')} MB"
    )


if __name__ == "__main__":
    sys.exit(main())
