"""`read`: from whatever a person has to a Dataset, decided by content."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import BAD_SHARE, PLAYING, TRANSLATION, UNLABELLED, Dataset
from lamina.data.embedded import EMBEDDED
from lamina.data.file_tables import table_among
from lamina.data.folders import named, read_class_folders
from lamina.data.idx import count_axes, read_idx_files
from lamina.data.inputs import Sound, constant_columns_note, numbers
from lamina.data.large_tables import read_large_table
from lamina.data.members import Members, archive_members, folder_members, is_archive, is_ignored
from lamina.data.memory import memory_from
from lamina.data.named_sets import NAMED_SETS, read_named
from lamina.data.pairs import Pairs, pairs_from_lists, pairs_from_table, read_pairs_file
from lamina.data.passages import is_text, read_passages
from lamina.data.pictures import PictureFiles, pictures_from_array
from lamina.data.points import is_points, read_points
from lamina.data.reading import READING_OPTIONS, Reading, ratings_reading
from lamina.data.remote import is_address, local_path, shown
from lamina.data.series_reading import read_series
from lamina.data.sounds import SoundFiles, sounds_from_list
from lamina.data.table import Table
from lamina.data.table_reading import SUFFIXES as TABLE_SUFFIXES
from lamina.data.table_reading import ReadTable, is_table, read_table_file, table_from_frame
from lamina.data.table_target import dataset_from_table, unlabelled_table
from lamina.data.texts import texts_from_list
from lamina.errors import DataError, SettingError

TABLE_COPIES = 3
"""Reading a table takes several times its bytes: the text, where its fields are, its columns."""
SUFFIXES = (".tar.gz", ".tgz", ".tar", ".zip", ".txt", *sorted(TABLE_SUFFIXES, key=len, reverse=True), ".gz")


def read(source: Any, *, bad_limit: float = BAD_SHARE, **options: Any) -> Dataset:
    """Read raw data with its answers.

    Args:
        source: the name of an embedded set (digits, iris, wine, breast_cancer, diabetes, tic_tac_toe, connect_four,
            points such as spiral or spiral-noise0.3-seed1) or of one that is fetched (mnist, fashion_mnist, cifar10,
            imdb); the path of a folder or an archive with class folders of pictures, sounds or texts, of a folder with
            idx files, of one idx file, of a table (.csv,
            .tsv, JSON lines, .xlsx, .parquet), or of one text; the address of such a file, on the web or in an object
            store (https://, s3://, gs:// ..., see lamina.data.remote); a pandas DataFrame; or a pair of arrays (inputs,
            targets): pictures as uint8 (examples, height, width[, channels]), rows of numbers, or a list of strings
            or of lamina.Sound.
        bad_limit: the share of examples that may be unreadable; more of them stop a run.
        options: of files: names ("{class}_{speaker}_{take}"), group, test_where ("take<5"); of a table: target, task,
            kinds, group, delimiter, encoding, header, skip_bad_rows; of a series also horizon,
            test_steps, window (see lamina.data.reading.Reading).

    Raises:
        DataError: nothing there that can be read; says what was found and what is needed.
        FetchError: an address that cannot be read from; says why.
        SettingError: a bad_limit that is no share, an option that there is not.

    Example:
        >>> import lamina
        >>> len(lamina.read("digits"))
        1797
    """
    if not 0 <= bad_limit <= 1:
        raise SettingError(f"bad_limit needs a share from 0 to 1; got {bad_limit}")
    unknown = sorted(options.keys() - READING_OPTIONS)
    if unknown:
        raise SettingError(
            f"there is no option {unknown[0]} of reading; there are {', '.join(sorted(READING_OPTIONS))}"
        )
    reading = Reading(**options)
    found = _read(source, reading)
    grouped = isinstance(found.inputs, Table) and reading.parts.keys() == {"group"}
    if reading.parts and not grouped and not isinstance(found.inputs, PictureFiles | SoundFiles):
        raise SettingError(f"names tell of files that are examples; {found.name} has none")
    if reading.forecast is not None and not found.inputs.in_time:
        raise SettingError(f"--horizon is for a table with a row for each step of time; {found.name} is none")
    if (reading.task == TRANSLATION) != isinstance(found.inputs, Pairs):
        raise DataError(
            f"--task {TRANSLATION} needs pairs of texts: a table with two columns, or (sources, targets) in Python; "
            f"{found.name} is none"
        )
    if reading.task == PLAYING and found.task != PLAYING:
        raise DataError(f"playing needs boards: tic_tac_toe or connect_four; {found.name} has none")
    task = reading.task if reading.task in UNLABELLED else found.task
    if found.task not in ("", task):
        raise SettingError(f"{found.name} is one text, for the task {found.task}; {task} needs several examples")
    notes = (f"fetched from {shown(source)}", *found.notes) if is_address(source) else found.notes
    return replace(found, bad_limit=bad_limit, task=task or "", reading=reading.parts, notes=notes)


def is_named(source: str) -> bool:
    """Whether a word is the name of a data set."""
    return source in EMBEDDED or source in NAMED_SETS or is_points(source)


def _read(source: Any, reading: Reading) -> Dataset:
    if isinstance(source, tuple | list):
        return pairs_from_lists(source) if reading.task == TRANSLATION else read_arrays(source)
    if is_frame(source):
        return _table(ReadTable(table_from_frame(source)), "model", reading)
    if not isinstance(source, str | os.PathLike):
        raise DataError(
            f"data is read from a name, a path or a pair of arrays (inputs, targets); got {type(source).__name__}"
        )
    path = local_path(source) if isinstance(source, str) else Path(source)
    if path.is_dir():
        return _read_folder(path, reading)
    if path.is_file():
        return _read_file(path, reading)
    if path.exists():
        raise DataError(f"{source} is neither a file nor a folder")
    if str(source) in EMBEDDED:
        return EMBEDDED[str(source)]()
    if is_points(str(source)):
        return read_points(str(source))
    if str(source) in NAMED_SETS:
        return read_named(str(source), NAMED_SETS)
    raise DataError(
        f"there is no file or folder {str(source)!r}, and no data set of that name; those are "
        f"{', '.join([*EMBEDDED, *NAMED_SETS])}"
    )


def read_arrays(pair: Any) -> Dataset:
    """A pair (inputs, targets): pictures of bytes, rows of numbers, sounds or texts, with names, codes or numbers.

    Whole numbers are class codes, numbers with a point are predicted as numbers.
    """
    if len(pair) != 2:
        raise DataError(f"arrays are given as a pair (inputs, targets); got {len(pair)} things")
    targets = np.asarray(pair[1])
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    if targets.ndim != 1:
        raise DataError(f"targets need one value an example; got an array of shape {targets.shape}")
    if isinstance(pair[0], list | tuple) and any(isinstance(one, Sound) for one in pair[0]):
        return Dataset("model", sounds_from_list(pair[0]), _targets(targets), "target")
    if len(pair[0]) and all(isinstance(one, str) for one in pair[0]):
        return Dataset("model", texts_from_list(pair[0]), _targets(targets), "target")
    inputs = np.asarray(pair[0])
    if inputs.ndim in (3, 4):
        return Dataset("model", pictures_from_array(inputs), _targets(targets), "target")
    rows = numbers(inputs)
    return Dataset("model", rows, _targets(targets), "target", notes=constant_columns_note(rows))


def _targets(targets: Numpy) -> Numpy:
    """Class names as texts, numbers as float64."""
    if targets.dtype.kind == "f":
        return targets.astype(np.float64)
    if targets.dtype.kind == "O":
        missing = [row for row, value in enumerate(targets) if value is None or value != value]
        if missing:
            raise DataError(
                f"example {missing[0] + 1} has no target, and {len(missing) - 1:,} more: leave them out or fill them in"
            )
    return targets.astype(str)


def is_frame(source: Any) -> bool:
    """Whether something is a pandas DataFrame, without importing pandas."""
    return type(source).__module__.split(".")[0] == "pandas" and hasattr(source, "columns")


def _table(found: ReadTable, name: str, reading: Reading) -> Dataset:
    forecast = reading.forecast
    if forecast is not None:
        return read_series(found, name, forecast)
    if reading.task == TRANSLATION:
        return pairs_from_table(found, name, reading.target)
    if reading.task == "recommendation":
        reading = ratings_reading(reading, found.table)
    if reading.task in UNLABELLED:
        return unlabelled_table(found, name, reading.task, reading.target, reading.kinds)
    return dataset_from_table(found, name, reading.target, reading.task, reading.kinds, reading.group)


def _read_file(path: Path, reading: Reading) -> Dataset:
    if is_table(path):
        found = read_pairs_file(path, reading.form) if reading.task == TRANSLATION else _read_table(path, reading)
        return _table(found, _name(path), reading)
    if is_archive(path):
        return _read_members(_name(path), archive_members(path), reading)
    if count_axes(path):
        kin = sorted(other for other in path.parent.iterdir() if other.is_file() and count_axes(other))
        return read_idx_files(_name(path.parent), kin)
    if is_text(path):
        return read_passages(path, _name(path), reading.encoding)
    raise DataError(
        f"{path} is neither an archive (.zip, .tar, .tar.gz), an idx file, a table (.csv, .tsv, .jsonl) nor a text. "
        f"Give one of them, or the name of an embedded set: {', '.join(EMBEDDED)}"
    )


def _read_table(path: Path, reading: Reading) -> ReadTable:
    """A table in memory, or on disk where it would take more than it may."""
    large = not memory_from(reading.memory).holds(TABLE_COPIES * path.stat().st_size)
    found = read_large_table(path, reading.form) if large else None
    return found or read_table_file(path, reading.form)


def _read_folder(folder: Path, reading: Reading) -> Dataset:
    try:
        inside = sorted(path for path in folder.iterdir() if not is_ignored(path.name))
    except OSError as error:
        raise DataError(f"{folder}: cannot be read ({error.strerror})") from None
    if not inside:
        raise DataError(f"{folder} is an empty folder. It needs a folder for each class with pictures or sounds in it")
    files = [path for path in inside if path.is_file()]
    idx = [path for path in files if count_axes(path)]
    if idx:
        return _leaving_out(read_idx_files(_name(folder), idx), [path for path in inside if path not in idx])
    archives = [path for path in files if is_archive(path)] if len(files) == len(inside) else []
    if len(archives) == 1:
        found = _read_members(_name(folder), archive_members(archives[0]), reading)
        found = replace(found, notes=(f"reading the archive {archives[0].name}", *found.notes))
        return _leaving_out(found, [path for path in inside if path not in archives])
    return _read_members(_name(folder), folder_members(folder), reading)


def _read_members(name: str, members: Members, reading: Reading) -> Dataset:
    """A table with pictures that it names, or class folders."""
    found = None if reading.names or reading.test_where else table_among(members, reading.form, reading.target)
    if found is not None:
        return _table(found, name, reading)
    return read_class_folders(name, members, reading.naming, unlabelled=reading.task in UNLABELLED)


def _leaving_out(dataset: Dataset, paths: list[Path]) -> Dataset:
    if not paths:
        return dataset
    note = f"{len(paths):,} files or folders beside it are left out{named([path.name for path in paths])}"
    return replace(dataset, notes=(*dataset.notes, note))


def _name(path: Path) -> str:
    """The source's name without its suffix; of a nameless path such as "." the folder's own."""
    name = path.resolve().name or "model"
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name
