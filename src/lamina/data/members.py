"""The files in a folder or an archive, as names and bytes; an archive's members are never written to disk."""

from __future__ import annotations

import os
import stat
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from lamina.data.store import Spill
from lamina.errors import DataError

MAX_MEMBER = 512 * 1024**2
"""A member that says it is larger cannot be read; one that grows beyond what it said is damaged."""
MAX_TAR = 64 * 1024**3
"""A compressed tar that unpacks to more bytes must be unpacked first."""
TAR_IN_MEMORY = 64 * 1024**2
"""So many bytes of a compressed tar are kept in memory, those after them on disk."""
BEGINNING = 16
IGNORED_NAMES = {"thumbs.db", "desktop.ini", "__macosx"}


@dataclass(frozen=True)
class Members:
    """Files by their name within a source, in sorted order, and how to read the bytes of each.

    Args:
        source: the folder or archive.
        names: of the files, with / between folders.
        load: the bytes of the file at a place; a DataError where it cannot be read.
        begin: its first bytes, empty where it cannot be read.
        ignored: files that belong to an operating system or a tool.
    """

    source: str
    names: tuple[str, ...]
    load: Callable[[int], bytes]
    begin: Callable[[int], bytes]
    ignored: tuple[str, ...] = ()


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or tar archive, by its content."""
    try:
        return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)
    except (OSError, EOFError, zlib.error):
        return False


def archive_members(path: Path) -> Members:
    """The files in a .zip, .tar or .tar.gz.

    Raises:
        DataError: a damaged archive, or more bytes than can be kept.
    """
    try:
        return _zip_members(path) if zipfile.is_zipfile(path) else _tar_members(path)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise DataError(f"{path}: the archive is damaged or cannot be read ({error})") from None


def folder_members(folder: Path) -> Members:
    """The files below a folder; links in a circle are entered once."""
    found: list[tuple[str, str]] = []
    ignored: list[str] = []
    seen: set[tuple[int, int]] = set()
    stack = [(os.fspath(folder), "")]
    while stack:
        place, prefix = stack.pop()
        status = os.stat(place)
        mark = (status.st_dev, status.st_ino)
        if mark in seen:
            continue
        seen.add(mark)
        for entry in _entries(place):
            name = prefix + readable(entry.name)
            if is_ignored(entry.name):
                ignored.append(name)
            elif entry.is_dir():
                stack.append((entry.path, f"{name}/"))
            elif entry.is_file():
                found.append((name, entry.path))
    found.sort()
    names = tuple(name for name, _ in found)
    odd = {row: path for row, (name, path) in enumerate(found) if path != os.path.join(folder, name)}

    def path_of(row: int) -> str:
        """Made when it is asked for: a million paths would take hundreds of megabytes."""
        return odd.get(row) or os.path.join(folder, names[row])

    return Members(
        str(folder), names, lambda row: read_file(path_of(row)), lambda row: _begin_file(path_of(row)),
        tuple(sorted(ignored)),
    )  # fmt: skip


def read_file(path: str | Path) -> bytes:
    """A file's bytes, at most MAX_MEMBER.

    Raises:
        DataError: it cannot be read, or is larger.
    """
    try:
        status = os.stat(path)  # before it is opened: what is no file, such as a pipe, could be waited for
        if not stat.S_ISREG(status.st_mode):
            raise DataError("it is no file")
        if status.st_size > MAX_MEMBER:
            raise DataError(f"it has {status.st_size:,} bytes; at most {MAX_MEMBER:,} are taken")
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        raise DataError("there is no such file") from None
    except OSError as error:
        raise DataError(f"it cannot be read ({error.strerror})") from None


def readable(name: str) -> str:
    """A name that is not Unicode, with its odd bytes written as \\udce9, so that it can be shown and saved."""
    return name.encode("utf-8", "backslashreplace").decode()


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name belongs to an operating system or a tool."""
    return name.startswith(".") or name.lower() in IGNORED_NAMES


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({error.strerror})") from None


def _begin_file(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(BEGINNING)
    except OSError:
        return b""


def _zip_members(path: Path) -> Members:
    archive = zipfile.ZipFile(path)
    files = sorted((one for one in archive.infolist() if not one.is_dir()), key=lambda one: one.filename)
    infos = [one for one in files if not _any_ignored(one.filename)]
    ignored = tuple(one.filename for one in files if _any_ignored(one.filename))
    lock = threading.Lock()

    def read(row: int, count: int) -> bytes:
        info = infos[row]
        if info.file_size > MAX_MEMBER:
            raise DataError(f"unpacked it has {info.file_size:,} bytes; at most {MAX_MEMBER:,} are taken")
        try:
            with lock, archive.open(info) as member:
                return member.read(min(count, info.file_size))
        except (zipfile.BadZipFile, zlib.error, RuntimeError, ValueError, OSError, EOFError) as error:
            raise DataError(f"it cannot be unpacked ({error})") from None

    def begin(row: int) -> bytes:
        try:
            return read(row, BEGINNING)
        except DataError:
            return b""

    names = tuple("/".join(_steps(info.filename)) for info in infos)
    return Members(str(path), names, lambda row: read(row, MAX_MEMBER), begin, ignored)


def _tar_members(path: Path) -> Members:
    """All members at once: a compressed tar can only be read from its beginning."""
    found: list[tuple[str, int]] = []
    ignored: list[str] = []
    kept = Spill(TAR_IN_MEMORY)
    total = 0
    with tarfile.open(path) as archive:
        for info in archive:
            archive.members = []  # type: ignore[attr-defined]  # what was read is not asked for again
            if not info.isreg() or _any_ignored(info.name):
                ignored += [] if info.isdir() else [info.name]
                continue
            total += info.size
            if total > MAX_TAR:
                raise DataError(f"{path}: unpacked it has more than {MAX_TAR:,} bytes: unpack it and give the folder")
            content = archive.extractfile(info)
            found.append(("/".join(_steps(info.name)), kept.add(content.read() if content is not None else b"")))
    found.sort()
    places = np.array([place for _, place in found], np.int64)
    names = tuple(name for name, _ in found)
    return Members(
        str(path), names, lambda row: kept.read(places[row]), lambda row: kept.read(places[row])[:BEGINNING],
        tuple(ignored),
    )  # fmt: skip


def _steps(name: str) -> list[str]:
    """The parts of a member's name; what would lead out of the archive is dropped: a name is only a name."""
    steps = PurePosixPath(name.replace("\\", "/")).parts
    return [readable(step) for step in steps if step not in ("/", ".", "..")]


def _any_ignored(name: str) -> bool:
    return any(is_ignored(step) for step in _steps(name))
