"""The files in a folder or an archive, as names and bytes; an archive's members are never written to disk."""

from __future__ import annotations

import os
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lamina.errors import DataError

MAX_MEMBER = 512 * 1024**2
"""A member that says it is larger is refused; one that grows beyond what it said is a damaged archive."""
MAX_TAR = 8 * 1024**3
IGNORED_NAMES = {"thumbs.db", "desktop.ini", "__macosx"}


@dataclass(frozen=True)
class Members:
    """Files by their name within a source, in sorted order, and how to read the bytes of each."""

    source: str
    names: tuple[str, ...]
    load: Callable[[int], bytes]


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or tar archive, by its content."""
    return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)


def archive_members(path: Path) -> Members:
    """The files in a .zip, .tar or .tar.gz.

    Raises:
        DataError: a damaged archive, or members larger than they may be.
    """
    try:
        return _zip_members(path) if zipfile.is_zipfile(path) else _tar_members(path)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise DataError(f"{path}: the archive is damaged or cannot be read ({error})") from None


def folder_members(folder: Path) -> Members:
    """The files below a folder; links in a circle are entered once."""
    found: list[tuple[str, Path]] = []
    seen: set[tuple[int, int]] = set()
    stack = [(folder, "")]
    while stack:
        place, prefix = stack.pop()
        mark = (place.stat().st_dev, place.stat().st_ino)
        if mark in seen:
            continue
        seen.add(mark)
        for entry in os.scandir(place):
            name = f"{prefix}{entry.name}"
            if _ignored(entry.name):
                continue
            if entry.is_dir():
                stack.append((Path(entry.path), f"{name}/"))
            elif entry.is_file():
                found.append((name, Path(entry.path)))
    found.sort()
    paths = [path for _, path in found]
    return Members(str(folder), tuple(name for name, _ in found), lambda row: _read_file(paths[row]))


def _zip_members(path: Path) -> Members:
    archive = zipfile.ZipFile(path)
    infos = sorted((i for i in archive.infolist() if not i.is_dir()), key=lambda info: info.filename)
    infos = [info for info in infos if not any(map(_ignored, _steps(info.filename)))]
    names = tuple("/".join(_steps(info.filename)) for info in infos)
    lock = threading.Lock()

    def load(row: int) -> bytes:
        info = infos[row]
        if info.file_size > MAX_MEMBER:
            raise DataError(f"unpacked it has {info.file_size:,} bytes; at most {MAX_MEMBER:,} are taken")
        try:
            with lock, archive.open(info) as member:
                return member.read(info.file_size + 1)[: info.file_size]
        except (
            zipfile.BadZipFile,
            zlib.error,
            RuntimeError,
            NotImplementedError,
            OSError,
            EOFError,
        ) as error:
            raise DataError(f"it cannot be unpacked ({error})") from None

    return Members(str(path), names, load)


def _tar_members(path: Path) -> Members:
    """All members at once: a compressed tar can only be read from its beginning."""
    found: list[tuple[str, bytes]] = []
    total = 0
    with tarfile.open(path) as archive:
        for info in archive:
            steps = _steps(info.name)
            if not info.isreg() or any(map(_ignored, steps)):
                continue
            total += info.size
            if info.size > MAX_MEMBER or total > MAX_TAR:
                raise DataError(
                    f"{path}: unpacked it has more than {MAX_TAR:,} bytes, or a member more than {MAX_MEMBER:,}"
                )
            content = archive.extractfile(info)
            found.append(("/".join(steps), content.read() if content is not None else b""))
    found.sort()
    return Members(str(path), tuple(name for name, _ in found), lambda row: found[row][1])


def _steps(name: str) -> list[str]:
    """The parts of a member's name; what would lead out of the archive is left out, since a name is only a name."""
    return [step for step in PurePosixPath(name.replace("\\", "/")).parts if step not in ("/", ".", "..")]


def _ignored(step: str) -> bool:
    return step.startswith(".") or step.lower() in IGNORED_NAMES


def _read_file(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_MEMBER:
            raise DataError(f"it has {path.stat().st_size:,} bytes; at most {MAX_MEMBER:,} are taken")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"it cannot be read ({error.strerror})") from None
