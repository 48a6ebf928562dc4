"""Saving so that nothing is lost: the old file stays until the new one is whole on the disk and read back."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from lamina.errors import LaminaError, SaveError


def save_atomically(path: Path, data: bytes, check: Callable[[bytes], None]) -> None:
    """Write a file beside its place, sync it, read it back, check it, and only then put it in its place.

    Args:
        path: where the file shall be; a symbolic link is not written through.
        data: its bytes.
        check: raises a LaminaError where what was read back is not right.

    Raises:
        SaveError: it could not be written; what was there before is untouched, and nothing is left over.
    """
    if path.is_symlink() or path.is_dir():
        kind = "a folder" if path.is_dir() and not path.is_symlink() else "a symbolic link"
        raise SaveError(f"{path} is {kind}; give the name of a file to save to")
    _clean_leftovers(path)
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        _write(temporary, data)
        read_back = temporary.read_bytes()
        if read_back != data:
            raise SaveError(f"{path}: what was read back from the disk differs from what was written")
        check(read_back)
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        _remove(temporary)
        if isinstance(error, LaminaError):
            raise
        raise SaveError(f"{path}: cannot be saved: {error.strerror or error}. What was there is untouched") from error
    except BaseException:
        _remove(temporary)
        raise


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


def _sync_folder(folder: Path) -> None:
    """Make the new name outlive a loss of power; Windows cannot open folders and does this by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clean_leftovers(path: Path) -> None:
    """Remove what a killed process left half written for this very file."""
    for leftover in path.parent.glob(f".{path.name}.tmp-*-*"):
        process = leftover.name.rsplit("-", 2)[-2]
        if process.isdigit() and int(process) != os.getpid() and not _alive(int(process)):
            _remove(leftover)


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
