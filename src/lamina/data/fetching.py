"""Files fetched over the network: whole and right by their SHA-256, or not there at all."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lamina.errors import FetchError, SaveError

TIMEOUT_SECONDS = 30.0
"""So long a server may say nothing, whether at the beginning or in the middle of a file."""
BLOCK = 256 * 1024
STALE_SECONDS = 3600.0
"""A half file that nothing was written to for so long is what a killed process left."""

Tell = Callable[[str, int, int], None]
"""(name of the file, bytes so far, bytes in all), called as they come."""


@dataclass(frozen=True)
class RemoteFile:
    """A file of which every byte is known beforehand.

    Args:
        name: in the user's folder.
        urls: where it is, the first that has it is taken.
        size: in bytes.
        sha256: of its bytes, in hexadecimal digits.
    """

    name: str
    urls: tuple[str, ...]
    size: int
    sha256: str


def fetch(
    file: RemoteFile, folder: Path, tell: Tell = lambda name, done, size: None, timeout: float = TIMEOUT_SECONDS
) -> Path:
    """The file in `folder`, fetched where it is not there yet.

    It is written beside its place and put there once it is whole, so that nobody ever sees a part of it, and two
    processes at once do no harm.

    Raises:
        FetchError: no network, a server that does not answer or has other bytes; says how to do it by hand.
        SaveError: the folder cannot be written to.
    """
    path = folder / file.name
    if is_whole(path, file):
        return path
    _make_folder(folder)
    reasons = []
    for url in file.urls:
        try:
            _download(url, file, path, tell, timeout)
            return path
        except FetchError as error:
            reasons.append(f"{urlsplit(url).netloc}: {error}")
    raise FetchError(
        f"{file.name} ({file.size:,} bytes) could not be fetched: {'; '.join(reasons)}. Try again, or put the file "
        f"there by hand: {file.urls[0]} as {path}"
    )


def is_whole(path: Path, file: RemoteFile) -> bool:
    """Whether the file at a path has the size and the SHA-256 that it must have."""
    try:
        if not path.is_file() or path.stat().st_size != file.size:
            return False
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


class NoWeakerScheme(urllib.request.HTTPRedirectHandler):
    """Follows a redirect unless it leads away from https, or to something that is no web address."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        """The request that follows, or a FetchError."""
        before, after = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if after not in ("https", before):
            raise FetchError(f"it redirects from {before} to {after} ({newurl}), which is refused")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(url: str, file: RemoteFile, path: Path, tell: Tell, timeout: float) -> None:
    """Write the file beside its place, check it, and put it there."""
    digest = hashlib.sha256()

    def blocks() -> Iterator[bytes]:
        for block in _blocks(url, file, tell, timeout):
            digest.update(block)
            yield block
        if digest.hexdigest() != file.sha256:
            raise FetchError("it has other bytes than it should: its SHA-256 differs")

    put_whole(path, blocks())


def put_whole(path: Path, blocks: Iterable[bytes]) -> None:
    """Write blocks beside a file's place, and put the file there once all have come; an error leaves nothing.

    Raises:
        SaveError: the folder cannot be written to.
    """
    _clean_stale(path.parent)
    temporary = path.with_name(f".{path.name}.part-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as out:
            for block in blocks:
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise SaveError(f"{path}: cannot be saved: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _blocks(url: str, file: RemoteFile, tell: Tell, timeout: float) -> Iterator[bytes]:
    """The bytes at an address; a FetchError where there are fewer or more than there should be."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise FetchError(f"{url} is no web address")
    request = urllib.request.Request(url, headers={"User-Agent": "lamina"})  # noqa: S310  # the scheme is checked above
    done = 0
    try:
        with urllib.request.build_opener(NoWeakerScheme).open(request, timeout=timeout) as answer:
            tell(file.name, 0, file.size)
            while block := answer.read(BLOCK):
                done += len(block)
                if done > file.size:
                    raise FetchError(f"it has more than the {file.size:,} bytes that it should have")
                tell(file.name, done, file.size)
                yield block
    except urllib.error.HTTPError as error:
        raise FetchError(f"it answers {error.code} ({error.reason})") from None
    except TimeoutError:
        raise FetchError(f"it said nothing for {timeout:g} seconds") from None
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise FetchError(reason_of(error, timeout)) from None
    if done < file.size:
        raise FetchError(f"the connection ended after {done:,} of {file.size:,} bytes")


def reason_of(error: Exception, timeout: float) -> str:
    """What went wrong on the network, in words."""
    cause = getattr(error, "reason", error)
    if isinstance(cause, TimeoutError):
        return f"it said nothing for {timeout:g} seconds"
    if isinstance(error, http.client.HTTPException):
        return f"the connection ended early ({type(error).__name__})"
    return f"no connection ({getattr(cause, 'strerror', None) or cause})"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SaveError(
            f"{folder}: the folder cannot be made ({error.strerror}); the environment variable LAMINA_DATASETS names "
            f"another place"
        ) from error


def _clean_stale(folder: Path) -> None:
    """Remove the half files of killed processes."""
    for part in folder.glob(".*.part-*"):
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > STALE_SECONDS:
                part.unlink()
