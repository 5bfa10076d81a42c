"""s3://bucket/prefix: storage that speaks S3, with the credentials of the environment or the machine's own role.

What AWS's tools read counts here too: AWS_ACCESS_KEY_ID, AWS_PROFILE, ~/.aws, AWS_ENDPOINT_URL for storage of others.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from s3fs import S3FileSystem

from assets.exports.sources._remote import TIMEOUT_S, Entry, NothingThere, RemoteError

BLOCK_BYTES = 8 << 20
CREDENTIALS = (
    "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the machine's role (docs/operate.md); it must be "
    "allowed to list the bucket and to get its objects"
)


def opened(address: str) -> "Bucket":
    """The bucket and prefix of an address."""
    return Bucket(address.partition("://")[2].rstrip("/"))


class Bucket:
    """Objects below a prefix of a bucket; an object is there only once it is complete."""

    is_written_whole = True

    def __init__(self, root: str) -> None:
        self.root = root
        self.files = S3FileSystem(
            use_listings_cache=False,
            skip_instance_cache=True,
            default_block_size=BLOCK_BYTES,
            config_kwargs={"connect_timeout": TIMEOUT_S, "read_timeout": TIMEOUT_S},
        )

    def entries(self, path: str) -> Iterator[Entry]:
        with _told(self.root):
            found = self.files.ls(self._at(path), detail=True, refresh=True)
        below = f"{self._at(path)}/"
        for one in found:
            name = str(one["name"])
            if name.startswith(below) and name != below:
                yield _entry(name.removeprefix(below), one)

    def entry(self, path: str) -> Entry:
        with _told(self.root):
            found = self.files.info(self._at(path), refresh=True)
        return _entry(path.rpartition("/")[2], found)

    def fetch(self, path: str, to: BinaryIO) -> None:
        with _told(self.root), self.files.open(self._at(path), "rb", cache_type="none") as content:
            while block := content.read(BLOCK_BYTES):
                to.write(block)

    def close(self) -> None:
        """Connections belong to the file system, which goes with this object."""

    def _at(self, path: str) -> str:
        return f"{self.root}/{path}" if path else self.root


def _entry(name: str, found: dict[str, Any]) -> Entry:
    if found["type"] == "directory":
        return Entry(name, is_folder=True)
    return Entry(name, False, int(found["size"]), str(found.get("ETag") or ""), found.get("LastModified"))


@contextmanager
def _told(root: str) -> Iterator[None]:
    """Errors of the storage in the words of a source."""
    try:
        yield
    except FileNotFoundError as error:
        raise NothingThere from error
    except (PermissionError, NoCredentialsError) as error:
        raise RemoteError(f"s3://{root} may not be read ({error})", CREDENTIALS) from error
    except (OSError, BotoCoreError, ClientError) as error:
        raise RemoteError(f"s3://{root} can't be read ({error})", is_passing=True) from error
