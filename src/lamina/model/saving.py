"""Saving so that nothing is lost: the old file stays until the new one is whole on the disk and read back."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from lamina.errors import LaminaError, SaveError

CANNOT_SYNC_FOLDERS = (errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM)
"""How file systems that have no such thing answer, and folders that may be written to but not opened."""


def save_atomically(path: Path, data: bytes, check: Callable[[bytes], None]) -> None:
    """Write a file beside its place, sync it, read it back, check it, and only then put it in its place.

    Args:
        path: where the file shall be; nothing but a regular file is replaced: no link, no device, no pipe.
        data: its bytes.
        check: raises a LaminaError where what was read back is not right.

    Raises:
        SaveError: it could not be written; what was there before is untouched, and nothing is left over.
    """
    _require_replaceable(path)
    _clean_leftovers(path)
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        _write(temporary, data)
        read_back = temporary.read_bytes()
        if read_back != data:
            raise SaveError(f"{path}: what was read back from the disk differs from what was written")
        check(read_back)
        os.replace(temporary, path)
    except OSError as error:
        _remove(temporary)
        if isinstance(error, LaminaError):
            raise
        raise SaveError(f"{path}: cannot be saved: {error.strerror or error}. What was there is untouched") from error
    except BaseException:
        _remove(temporary)
        raise
    _sync_folder(path)


def free_name(path: Path, taken: Callable[[Path], bool] = Path.exists) -> Path:
    """The path itself, or with -2, -3 ... the first that is not taken."""
    number, candidate = 1, path
    while taken(candidate):
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate


def checkpoint_path(model_path: Path) -> Path:
    """NAME.safetensors -> NAME.checkpoint.safetensors."""
    return model_path.with_name(f"{model_path.stem}.checkpoint.safetensors")


def _write(path: Path, data: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666)  # what the umask leaves of it, as for any file of the user's
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _require_replaceable(path: Path) -> None:
    """Raise a SaveError where something other than a regular file is in the way."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return  # nothing is there, or what keeps us from seeing it keeps us from writing too
    except ValueError:
        raise SaveError(f"{str(path)!a} cannot be the name of a file; give another one") from None
    kinds = {stat.S_IFLNK: "a symbolic link", stat.S_IFDIR: "a folder"}
    if not stat.S_ISREG(mode):
        kind = kinds.get(stat.S_IFMT(mode), "not a regular file")
        raise SaveError(f"{path} is {kind}; give the name of a file to save to")


def _sync_folder(path: Path) -> None:
    """Make the new name outlive a loss of power; Windows cannot open folders and does this by itself."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in CANNOT_SYNC_FOLDERS:
            return
        raise SaveError(
            f"{path}: saved, but its folder could not be synced ({error.strerror}): a loss of power now might bring "
            f"the old file back. Check the disk and save again"
        ) from error


def _clean_leftovers(path: Path) -> None:
    """Remove what a killed process left half written for this very file."""
    name = re.compile(rf"\.{re.escape(path.name)}\.tmp-([0-9]{{1,9}})-[0-9a-f]+")
    try:
        leftovers = [(one, name.fullmatch(one)) for one in os.listdir(path.parent)]
    except OSError:
        return  # a folder that may be written to but not listed; what is wrong otherwise is told when writing
    for leftover, found in leftovers:
        if found and int(found[1]) != os.getpid() and not _alive(int(found[1])):
            _remove(path.with_name(leftover))


def _alive(process: int) -> bool:
    if os.name == "nt":
        return True  # there is no harmless way to ask
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the error that brought us here is the one to tell
