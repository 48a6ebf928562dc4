"""`read`: from whatever a person has to a Dataset, decided by content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.data.embedded import EMBEDDED
from lamina.data.folders import read_class_folders
from lamina.data.idx import is_idx, read_idx_files
from lamina.data.inputs import numbers
from lamina.data.members import archive_members, folder_members, is_archive
from lamina.data.pictures import pictures_from_array
from lamina.errors import DataError

SUFFIXES = (".tar.gz", ".tgz", ".tar", ".zip", ".gz")


def read(source: Any) -> Dataset:
    """Read raw data with its answers.

    Args:
        source: the name of an embedded set (digits, iris, wine, breast_cancer, diabetes); the path of a folder or an
            archive with class folders of pictures, of a folder with idx files, or of one idx file; or a pair of arrays
            (inputs, targets): pictures as uint8 (examples, height, width[, channels]) or rows of numbers.

    Raises:
        DataError: nothing there that can be read; says what was found and what is needed.

    Example:
        >>> import lamina
        >>> len(lamina.read("digits"))
        1797
    """
    if isinstance(source, tuple | list):
        return read_arrays(source)
    path = Path(source)
    if path.is_dir():
        return _read_folder(path)
    if path.is_file():
        return _read_file(path)
    if path.exists():
        raise DataError(f"{source} is neither a file nor a folder")
    if str(source) in EMBEDDED:
        return EMBEDDED[str(source)]()
    raise DataError(
        f"there is no file or folder {str(source)!r}, and no embedded data set of that name; those are "
        f"{', '.join(EMBEDDED)}"
    )


def read_arrays(pair: Any) -> Dataset:
    """A pair (inputs, targets): pictures of bytes or rows of numbers, with class names, class codes or numbers.

    Whole numbers are class codes, numbers with a point are predicted as numbers.
    """
    if len(pair) != 2:
        raise DataError(f"arrays are given as a pair (inputs, targets); got {len(pair)} things")
    inputs, targets = np.asarray(pair[0]), np.asarray(pair[1])
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    if targets.ndim != 1:
        raise DataError(f"targets need one value an example; got an array of shape {targets.shape}")
    raw = pictures_from_array(inputs) if inputs.ndim in (3, 4) else numbers(inputs)
    return Dataset("model", raw, _targets(targets), "target")


def _targets(targets: Numpy) -> Numpy:
    if targets.dtype.kind == "f":
        return targets.astype(np.float64)
    return targets.astype(str)


def _read_file(path: Path) -> Dataset:
    if is_archive(path):
        return read_class_folders(_name(path), archive_members(path))
    if is_idx(path):
        kin = sorted(other for other in path.parent.iterdir() if other.is_file() and is_idx(other))
        return read_idx_files(_name(path.parent), kin)
    raise DataError(
        f"{path} is neither an archive (.zip, .tar, .tar.gz) nor an idx file. It needs pictures in class folders, or "
        f"the name of an embedded set: {', '.join(EMBEDDED)}"
    )


def _read_folder(folder: Path) -> Dataset:
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
        folders = [path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    except OSError as error:
        raise DataError(f"{folder}: cannot be read: {error.strerror}") from None
    if not files and not folders:
        raise DataError(f"{folder} is an empty folder. It needs a folder for each class with pictures in it")
    idx = [path for path in files if is_idx(path)]
    if idx:
        return _and_left_out(
            read_idx_files(_name(folder), idx), [path.name for path in files if path not in idx]
        )
    archives = [] if folders else [path for path in files if is_archive(path)]
    if len(archives) == 1:
        found = read_class_folders(_name(folder), archive_members(archives[0]))
        found = replace(found, notes=(f"reading the archive {archives[0].name}", *found.notes))
        return _and_left_out(found, [path.name for path in files if path not in archives])
    return read_class_folders(_name(folder), folder_members(folder))


def _and_left_out(dataset: Dataset, names: list[str]) -> Dataset:
    if not names:
        return dataset
    note = f"{len(names):,} files beside it are left out ({', '.join(names[:3])}{', ...' if len(names) > 3 else ''})"
    return replace(dataset, notes=(*dataset.notes, note))


def _name(path: Path) -> str:
    """The source's name without its suffix; of a nameless path such as "." the folder's own."""
    name = path.resolve().name or "model"
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name
