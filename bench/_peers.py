"""Peers to measure against, installed in a folder of their own and never into the project's environment.

Belongs here: installing. Does not belong here: timing.
"""

import subprocess
import sys
from pathlib import Path


def install(folder: Path, *requirements: str) -> Path | None:
    """Install packages below a folder, each with its version; the place to import them from, None where that fails."""
    target = folder / "peers"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, *requirements]
    done = subprocess.run(command, capture_output=True, check=False)
    return target if done.returncode == 0 else None
