"""What processes cost: CPU, wall clock and memory.

Belongs here: running commands and measuring them. Does not belong here: which commands (bench/decode.py).
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PYTHON = sys.executable
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


@dataclass(frozen=True)
class Cost:
    """What processes used: CPU and wall time in seconds."""

    cpu: float
    wall: float


def cost_of(*commands: Sequence[str | Path]) -> Cost:
    """Run commands side by side; the CPU of all."""
    began = time.perf_counter()
    running = [subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL) for command in commands]
    return Cost(sum(map(cpu_of, running)), time.perf_counter() - began)


def cpu_of(process: "subprocess.Popen[bytes]") -> float:
    """Wait for a process; its CPU in user and system."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode > 0:
        raise SystemExit(f"{process.args}: exit status {process.returncode}")
    return _cpu(used)


def _cpu(used: resource.struct_rusage) -> float:
    return used.ru_utime + used.ru_stime


def peak_mb(command: Sequence[str | Path]) -> float:
    """The peak memory of a command, told by a small process above it: a child begins with its parent's peak."""
    ran = subprocess.run([PYTHON, "-c", PEAK, *map(str, command)], capture_output=True, text=True, check=True)
    return float(ran.stdout.split()[-1])


def told(program: str, *arguments: str | Path) -> float:
    """The CPU seconds that a little program tells of itself."""
    ran = subprocess.run([PYTHON, "-c", program, *map(str, arguments)], capture_output=True, text=True, check=True)
    return float(ran.stdout.split()[0])
