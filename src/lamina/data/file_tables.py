"""Tables in a folder or an archive, above all those that name pictures or sounds beside them in a column."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from lamina.data.column_kinds import NAMED_KINDS, guess_kinds
from lamina.data.file_kinds import choose_kind
from lamina.data.inputs import Inputs
from lamina.data.members import Members, archive_members, folder_members, is_archive
from lamina.data.named_files import files_within
from lamina.data.table import Table
from lamina.data.table_reading import SUFFIXES, ReadTable, TableForm, is_table, read_table, read_table_file
from lamina.data.table_target import USUAL_TARGETS
from lamina.errors import DataError

MOST_TABLES = 50
"""So many tables of a folder are looked at."""


def table_among(members: Members, form: TableForm, target: str | None = None) -> ReadTable | None:
    """The table among files that names files beside it, or that has the target where there is nothing but tables.

    Args:
        members: of a folder or an archive.
        form: how the table is written.
        target: a column that it has; without one, a column that is called like a target.

    Raises:
        DataError: there are several.
    """
    tables = dict(_tables(members, form))
    if not tables:
        return None
    examples = len(choose_kind(members)[1]) > 0
    found = {name: read for name, read in tables.items() if _has_target(read.table, target)}
    if examples:
        found = {name: read for name, read in found.items() if file_columns(read.table)}
    elif len(tables) == 1:
        found = tables
    if len(found) > 1 or not (found or examples):
        told = ", ".join(list(found or tables)[:5])
        raise DataError(
            f"{members.source} holds {len(found or tables)} tables ({told}): name one of them, of an archive after "
            f"unpacking it, or give a --target that one of them alone has"
        )
    return next(iter(found.values()), None)


def _tables(members: Members, form: TableForm) -> Iterator[tuple[str, ReadTable]]:
    """The tables among files, with the files that may stand beside them; what cannot be read is none."""
    places = [place for place, name in enumerate(members.names) if name.lower().endswith(SUFFIXES)]
    for place in places[:MOST_TABLES]:
        name = members.names[place]
        try:
            read = read_table(members.load(place), posixpath.basename(name), form)
        except DataError:  # another file that only looks like a table
            continue
        table = replace(read.table, files=files_within(members, posixpath.dirname(name)))
        yield name, replace(read, table=table, notes=(f"reading the table {name}", *read.notes))


def file_columns(table: Table, kinds: Collection[str] = tuple(NAMED_KINDS)) -> list[str]:
    """The columns that name pictures or sounds which are there."""
    return [name for name, guess in guess_kinds(table).items() if guess.kind in kinds]


def read_any_table(path: Path, form: TableForm) -> ReadTable:
    """A table from its file, or from the archive or folder in which it stands beside the files that it names.

    Raises:
        DataError: there is none.
    """
    if path.is_file() and (is_table(path) or not is_archive(path)):
        return read_table_file(path, form)
    members = folder_members(path) if path.is_dir() else archive_members(path)
    found = table_among(members, form, form.columns[0] if form.columns else None)
    if found is None:
        raise DataError(f"{path} holds no table with the column {form.columns[0]} that names files beside it")
    return found


def files_of_table(path: Path, plural: str) -> Inputs:
    """The pictures or sounds that the one such column of a table names.

    Raises:
        DataError: no such column, or several.
    """
    table = read_table_file(path).table
    names = file_columns(table, {plural.removesuffix("s")})
    if len(names) != 1:
        raise DataError(
            f"{path}: the model takes {plural}, and {len(names)} columns of the table name {plural} that are there: "
            f"it needs one"
        )
    return table.pictures(names[0]) if plural == "pictures" else table.sounds(names[0])


def _has_target(table: Table, target: str | None) -> bool:
    if target is None:
        return any(name.lower() in USUAL_TARGETS for name in table.columns)
    return target in table.columns or all(name.strip() in table.columns for name in target.split(","))
