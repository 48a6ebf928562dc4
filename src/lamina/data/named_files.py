"""Files that the values of a table's column name: where they are, and how to read them."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lamina.data.members import Members, read_file
from lamina.errors import DataError


@dataclass(frozen=True)
class NamedFiles:
    """Files by the names that a table has for them.

    Args:
        where: the folder or archive that names begin in, in words.
        load: a file's bytes; a DataError where it cannot be read.
        has: whether there is a file of that name.
    """

    where: str
    load: Callable[[str], bytes]
    has: Callable[[str], bool]


def files_beside(folder: Path) -> NamedFiles:
    """Files below a folder; a name that begins at the root is taken as it is."""

    def load(name: str) -> bytes:
        if not name:
            raise DataError("no file is named")
        return read_file(folder / _plain(name))

    def has(name: str) -> bool:
        try:
            return (folder / _plain(name)).is_file()
        except OSError:  # such as a name that is too long
            return False

    return NamedFiles(str(folder), load, has)


def files_within(members: Members, folder: str) -> NamedFiles:
    """Members of an archive or a folder, by their names from the folder in which the table is."""
    places = {name: row for row, name in enumerate(members.names)}

    def load(name: str) -> bytes:
        if not name:
            raise DataError("no file is named")
        if (row := places.get(_joined(folder, name))) is None:
            raise DataError("there is no such file")
        return members.load(row)

    return NamedFiles(members.source, load, lambda name: _joined(folder, name) in places)


def _joined(folder: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(folder, _plain(name)))


def _plain(name: str) -> str:
    """A name as tables of other systems write it, too."""
    return name.replace("\\", "/")
