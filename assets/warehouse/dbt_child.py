"""dbt's own command in a process that ends when the one that started it does, however that ends.

Belongs here: the child. Does not belong here: starting it (assets.warehouse.dbt_process), whose imports would slow each
call.
"""

import os
import threading
import time

PARENT = "NETSTATS_PARENT"
FOLDER = "NETSTATS_FOLDER"
"""Where the process works: dbt parses its project anew where the warehouse's path in the profile is another one."""
BETWEEN_LOOKS_S = 0.2


def end_with(parent: int) -> None:
    """End this process at once when it has lost its parent."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(BETWEEN_LOOKS_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    """dbt's command, watched."""
    # The working database holds addresses, and it is dbt that makes it.
    os.umask(0o077)
    if PARENT in os.environ:
        end_with(int(os.environ[PARENT]))
    if FOLDER in os.environ:
        os.chdir(os.environ[FOLDER])
    from dbt.cli.main import cli

    cli()


if __name__ == "__main__":
    main()
