"""The bytes at an address, block by block: web addresses by Python itself, object stores through fsspec."""

from __future__ import annotations

import http.client
import importlib.util
import sys
import urllib.error
import urllib.request
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lamina.data.fetching import NoWeakerScheme, reason_of
from lamina.errors import FetchError

WEB = ("http", "https")
PACKAGES = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "sftp": "paramiko",
    "memory": "fsspec",
}
"""Kind of address -> the package that knows it, beside fsspec."""
ERRORS = {
    "s3fs": (("botocore.exceptions", "BotoCoreError"), ("botocore.exceptions", "ClientError")),
    "gcsfs": (("google.auth.exceptions", "GoogleAuthError"), ("gcsfs.retry", "HttpError")),
    "adlfs": (("azure.core.exceptions", "AzureError"),),
    "paramiko": (("paramiko.ssh_exception", "SSHException"),),
}
"""Package -> errors of its own, which are none of Python's: (module, name)."""
WEB_BLOCK = 64 * 1024
STORE_BLOCK = 1024**2
"""Of an object store, where each block is a request of its own."""


@dataclass(frozen=True)
class Head:
    """What a server says before the first byte.

    Args:
        size: in bytes; None where it does not know.
        mark: of the file's state, another one whenever it has changed; empty where it tells of none.
    """

    size: int | None
    mark: str


def web_blocks(address: str, timeout: float) -> Generator[Head | bytes, None, None]:
    """The head and the bytes of a file on the web.

    Raises:
        FetchError: whatever is wrong, in words.
    """
    request = urllib.request.Request(address, headers={"User-Agent": "lamina"})  # noqa: S310  # http or https: see WEB
    try:
        with urllib.request.build_opener(NoWeakerScheme).open(request, timeout=timeout) as answer:
            yield _head_of(answer)
            while block := answer.read(WEB_BLOCK):
                yield block
    except urllib.error.HTTPError as error:
        with error:
            raise FetchError(_refusal(error)) from None
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise FetchError(f"{reason_of(error, timeout)}; try again") from None


def _head_of(answer: Any) -> Head:
    length, pieces = answer.headers.get("Content-Length"), answer.headers.get("Transfer-Encoding", "")
    if length is None and "chunked" not in pieces.lower():
        raise FetchError("it does not say how long the file is, so that nobody could tell whether all of it came")
    if length is not None and not (length.isascii() and length.isdigit()):
        raise FetchError(f"it says that the file has {length[:40]!a} bytes")
    mark = answer.headers.get("ETag") or answer.headers.get("Last-Modified") or ""
    return Head(None if length is None else int(length), mark)


def _refusal(error: urllib.error.HTTPError) -> str:
    told = f"it answers {error.code} ({error.reason})"
    if error.code in (401, 403):
        return f"{told}: you may not read it; an object store's own address (s3://, gs://) takes your credentials"
    return f"{told}: look at the address" if error.code in (404, 410) else f"{told}; try again"


def object_blocks(address: str) -> Generator[Head | bytes, None, None]:
    """The head and the bytes of an object in a store; one that changes on the way is refused.

    Raises:
        FetchError: whatever is wrong, in words.
    """
    package = PACKAGES[urlsplit(address).scheme.lower()]
    try:
        store, place = _store(address, package)
        head = _head(store, place)
        yield head
        with store.open(place, "rb", block_size=STORE_BLOCK) as file:
            while block := file.read(STORE_BLOCK):
                yield block
        store.invalidate_cache()
        if _head(store, place) != head:
            raise FetchError("it was changed while it was fetched; try again")
    except FetchError:
        raise
    except _errors_of(package) as error:
        raise FetchError(_words(error)) from None


def _errors_of(package: str) -> tuple[type[Exception], ...]:
    """What can go wrong in a store, by the names that the packages which it loaded have for it."""
    names = (*ERRORS.get(package, ()), ("aiohttp", "ClientError"))
    found = (getattr(sys.modules.get(module), name, None) for module, name in names)
    return (OSError, ValueError, RuntimeError, *(kind for kind in found if isinstance(kind, type)))


def _store(address: str, package: str) -> tuple[Any, str]:
    """The file system of an address, and the place in it."""
    try:
        from fsspec.core import url_to_fs

        store, place = url_to_fs(address, skip_instance_cache=True)
    except ImportError:
        needed = ["fsspec"] if package == "fsspec" else ["fsspec", package]
        missing = [name for name in needed if importlib.util.find_spec(name) is None] or needed[-1:]
        cure = " ".join(name.replace("fsspec", '"lamina[remote]"') for name in missing)
        raise FetchError(f"it needs the package {' and '.join(missing)}: pip install {cure}") from None
    return store, place


def _head(store: Any, place: str) -> Head:
    found = store.info(place)
    if found.get("type") == "directory":
        raise FetchError("it is a folder; give one file of it, or put it all in one archive (.zip, .tar.gz)")
    return Head(found.get("size"), store.ukey(place))


def _words(error: Exception) -> str:
    """What is wrong, and what to do."""
    if isinstance(error, FileNotFoundError):
        return "there is no such object; look at the address"
    told = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    if isinstance(error, PermissionError) or "redential" in type(error).__name__:
        return f"you may not read it ({told}); the store's own settings hold your credentials"
    return f"{told} ({type(error).__name__}); try again"
