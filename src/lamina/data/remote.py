"""Sources on other machines: an address becomes a file in a private folder, fetched again only where it has changed.

Web addresses are read by Python itself, object stores (s3://, gs:// ...) through fsspec.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lamina.data.fetching import TIMEOUT_SECONDS, put_whole
from lamina.data.remote_blocks import PACKAGES, WEB, Head, object_blocks, web_blocks
from lamina.data.timed import in_time
from lamina.data.watching import tell
from lamina.errors import FetchError, SaveError
from lamina.user_folders import cache_folder

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
MOST_BYTES = 64 * 1024**3
"""Of one file."""
DAYS_KEPT = 30
"""A copy that nobody asked for in so many days makes room."""
LONGEST_NAME = 100


def is_address(source: object) -> bool:
    """Whether something is an address such as s3://bucket/data.csv, and no path.

    Example:
        >>> is_address("s3://bucket/data.csv"), is_address("data.csv"), is_address(r"C:\\data.csv")
        (True, False, False)
    """
    return isinstance(source, str) and ADDRESS.match(source) is not None


def local_path(source: str | Path, timeout: float = TIMEOUT_SECONDS) -> Path:
    """Where a source is on this machine: a path as it is, an address as the file that was fetched from it.

    The file lies below `remote` in the user's cache folder, under the name that it has at its address. It is fetched
    once for each state that the server tells of (an ETag, a date, a size); where a server tells of none, each time.

    Args:
        source: a path or an address.
        timeout: seconds after which a server that says nothing is given up.

    Raises:
        FetchError: an address of an unknown kind, a package that is missing, nothing there, no access, a server that
            breaks off, is silent or changes the file on the way; says what to do.
        SaveError: too little room on disk, or a folder that cannot be written to.

    Example:
        >>> local_path("data.csv").name
        'data.csv'
    """
    if isinstance(source, Path) or not is_address(source):
        return Path(source)
    _require_usual(source)
    folder = _folder_of(source)
    blocks = web_blocks(source, timeout) if _scheme(source) in WEB else object_blocks(source)
    steps = in_time(blocks, timeout)
    try:
        return _fetched(steps, folder, name_of(source))
    except FetchError as error:
        raise FetchError(f"{shown(source)} could not be fetched: {error}") from None
    finally:
        steps.close()


def shown(address: str) -> str:
    """An address without what may be secret in it.

    Example:
        >>> shown("https://example.org/data.csv?signature=abc")
        'https://example.org/data.csv'
    """
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2] if parts.password else parts.netloc}{parts.path}"


def name_of(address: str) -> str:
    """The file's name at its address, as any disk takes it.

    Example:
        >>> name_of("https://example.org/a/my%20data.csv?x=1")
        'my_data.csv'
    """
    parts = urlsplit(address)
    name = unquote(parts.netloc + parts.path).rstrip("/").rpartition("/")[2]
    return re.sub(r"[^\w.-]", "_", name)[-LONGEST_NAME:].lstrip(".") or "data"


def _scheme(address: str) -> str:
    return urlsplit(address).scheme.lower()


def _require_usual(address: str) -> None:
    """Raise a FetchError for an address that nothing here reads."""
    scheme = _scheme(address)
    if scheme not in WEB and scheme not in PACKAGES:
        known = ", ".join(f"{one}://" for one in (*WEB, *PACKAGES))
        raise FetchError(f"{shown(address)}: there is no way to {scheme}://; known are {known}")
    if urlsplit(address).password is not None:
        raise FetchError(
            f"{shown(address)}: an address with a password in it ends up in histories and logs; leave it to the "
            f"store's own settings"
        )
    if "::" in address:
        raise FetchError(f"{shown(address)}: addresses within addresses are not read; give that of one file or archive")


def _fetched(steps: Iterator[Head | bytes], folder: Path, name: str) -> Path:
    """The file for what the server tells of, written where it is not here yet."""
    head = next(steps)
    if not isinstance(head, Head):
        raise FetchError("it does not say what it has")
    state = hashlib.sha256(f"{head.mark} {head.size}".encode()).hexdigest()[:16] if head.mark else "unmarked"
    path = folder / state / name
    if head.mark and path.is_file() and path.stat().st_size == (head.size or path.stat().st_size):
        os.utime(path.parent)
        return path
    _make_room(path.parent, head.size or 0)
    put_whole(path, _told_of(steps, name, head.size))
    return path


def _told_of(steps: Iterator[Head | bytes], name: str, size: int | None) -> Iterator[bytes]:
    """The blocks, and whoever watches is told of them; as many bytes as were promised."""
    done = 0
    for block in steps:
        if isinstance(block, bytes):
            done += len(block)
            if done > min(MOST_BYTES, MOST_BYTES if size is None else size):
                raise FetchError(f"it has more than the {size or MOST_BYTES:,} bytes that it should have")
            tell(f"fetching {name}, kB", done // 1000, max(size or done, done) // 1000)
            yield block
    if size is not None and done < size:
        raise FetchError(f"the connection ended after {done:,} of {size:,} bytes; try again")


def _folder_of(address: str) -> Path:
    """Where copies of an address lie; only their owner can enter."""
    return cache_folder() / "remote" / hashlib.sha256(address.encode()).hexdigest()[:32]


def _make_room(folder: Path, size: int) -> None:
    """Make the folder, away with what nobody asked for in a long time; a SaveError where the file has no room."""
    if size > MOST_BYTES:
        raise FetchError(f"it has {size:,} bytes; a file from another machine has at most {MOST_BYTES:,}")
    try:
        private = folder.parents[1]
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
        for other in private.glob("*/*"):
            if time.time() - other.stat().st_mtime > DAYS_KEPT * 86_400:
                shutil.rmtree(other, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise SaveError(
            f"{folder}: the folder cannot be made ({error.strerror}); the environment variable LAMINA_CACHE names "
            f"another place"
        ) from error
    if size > free:
        raise SaveError(
            f"{folder}: the file needs {size / 1e9:,.2f} GB, and {free / 1e9:,.2f} GB are free; make room, or name a "
            f"folder on another disk in LAMINA_CACHE"
        )
