"""How a command's process ends: at once, as soon as all that was asked to happen at its end has happened.

Belongs here: ending. Does not belong here: what a command's status is
(orchestration.commands.cli).
"""

import atexit
import os
import sys
from collections.abc import Callable

UNWRITTEN = 120
"""The status where what was printed could not be written, as Python gives it."""


def leave_at_once(main: Callable[[], object]) -> None:
    """Run a command; its process then ends without freeing, object by object, what it loaded, which takes seconds.

    What else was registered for the end is done before, and the status is the command's: that of sys.exit, 1 after an
    error that nobody caught.
    """
    status = 1

    def leave() -> None:
        os._exit(status if _written() else UNWRITTEN)

    # The first to be registered is called last.
    atexit.register(leave)
    try:
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        raise
    status = 0


def _written() -> bool:
    """Whether all that was printed could be written; the reason it could not is told, if anybody listens."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:
        os.write(2, f"what was printed could not be written: {error.strerror}\n".encode())
        return False
    return True
