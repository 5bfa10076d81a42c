"""Files of the state that can't be read as what they are.

Belongs here: the error, which names the file and the remedy. Does not belong here: finding them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAKE_AGAIN = "bring it back from a backup, or delete it: `netstats build` then makes it again of what it was made of"


class DamagedFileError(OSError):
    """A file of the state is damaged; the text names it, what is wrong, and what to do."""


@contextmanager
def telling_damage(path: Path, *kinds: type[Exception], remedy: str = MAKE_AGAIN) -> Iterator[None]:
    """Tell these errors as damage of a file."""
    try:
        yield
    except kinds as error:
        what = " ".join(str(error).split())
        raise DamagedFileError(f"{path}: is damaged ({what[:200]}); {remedy}") from error
