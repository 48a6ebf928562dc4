"""Tables that stand beside pictures, in one folder or archive, and name them in a column."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from pathlib import Path

from lamina.data.column_kinds import guess_kinds
from lamina.data.inputs import Inputs
from lamina.data.members import Members, archive_members, folder_members, is_archive
from lamina.data.named_files import files_within
from lamina.data.table import Table
from lamina.data.table_reading import SUFFIXES, ReadTable, TableForm, is_table, read_table, read_table_file
from lamina.data.table_target import USUAL_TARGETS
from lamina.errors import DataError


def table_among(members: Members, form: TableForm, target: str | None = None) -> ReadTable | None:
    """The table among files that names pictures beside it; None where there is none.

    Args:
        members: of a folder or an archive.
        form: how the table is written.
        target: a column that it has; without one, a column that is called like a target.

    Raises:
        DataError: there are several.
    """
    found = {}
    for row, name in enumerate(members.names):
        if not name.lower().endswith(SUFFIXES):
            continue
        try:
            read = read_table(members.load(row), posixpath.basename(name), form)
        except DataError:  # another file that only looks like a table: what is learnt from are then class folders
            continue
        table = replace(read.table, files=files_within(members, posixpath.dirname(name)))
        if _has_target(table, target) and picture_columns(table):
            found[name] = replace(read, table=table, notes=(f"reading the table {name}", *read.notes))
    if len(found) > 1:
        raise DataError(
            f"{members.source} holds {len(found)} tables that name pictures ({', '.join(list(found)[:3])}): give one "
            f"of them, of an archive after unpacking it"
        )
    return next(iter(found.values()), None)


def picture_columns(table: Table) -> list[str]:
    """The columns that name pictures which are there."""
    return [name for name, guess in guess_kinds(table).items() if guess.kind == "picture"]


def read_any_table(path: Path, form: TableForm) -> ReadTable:
    """A table from its file, or from the archive or folder in which it stands beside its pictures.

    Raises:
        DataError: there is none.
    """
    if path.is_file() and (is_table(path) or not is_archive(path)):
        return read_table_file(path, form)
    members = folder_members(path) if path.is_dir() else archive_members(path)
    found = table_among(members, form, form.columns[0] if form.columns else None)
    if found is None:
        raise DataError(f"{path} holds no table with the column {form.columns[0]} that names pictures beside it")
    return found


def pictures_of_table(path: Path) -> Inputs:
    """The pictures that the one such column of a table names.

    Raises:
        DataError: no such column, or several.
    """
    table = read_table_file(path).table
    names = picture_columns(table)
    if len(names) != 1:
        raise DataError(
            f"{path}: the model takes pictures, and {len(names)} columns of the table name pictures that are there: "
            f"it needs one"
        )
    return table.pictures(names[0])


def _has_target(table: Table, target: str | None) -> bool:
    if target is None:
        return any(name.lower() in USUAL_TARGETS for name in table.columns)
    return target in table.columns or all(name.strip() in table.columns for name in target.split(","))
