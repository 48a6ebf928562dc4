"""Where a run's data comes from: points, sets that come along, what was uploaded or named at the start."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from lamina.data.dataset import Dataset
from lamina.data.points import POINT_SETS, points_name
from lamina.data.read import SUFFIXES, is_named, read
from lamina.data.table import Table
from lamina.errors import DataError, LaminaError, SettingError
from lamina.model.model import Model
from lamina.model.saving import save_atomically
from lamina.playground.settings import PageSettings
from lamina.visible import printable

MODEL_SUFFIX = ".safetensors"
BUNDLED = ("digits", "iris", "wine", "breast_cancer", "diabetes")
"""Sets that can be chosen at once."""
MOST_UPLOADS = 50
LONGEST_TITLE = 80


@dataclass(frozen=True)
class Source:
    """A source of data, or a model.

    Args:
        name: what the page calls it.
        title: what a person calls it.
        kind: "data" or "model".
        where: a path, or the name of a data set.
    """

    name: str
    title: str
    kind: str
    where: str

    @property
    def stem(self) -> str:
        """What a model file calls the data."""
        name = Path(self.where).name
        return name[: len(name) - len(suffix_of(name))]


class Sources:
    """All sources of a session; what is uploaded is kept in a private folder that goes with it.

    Example:
        >>> with Sources() as sources:
        ...     len(sources.read(PageSettings(examples=20)))
        20
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="lamina-play-"))
        self._sources = {name: Source(name, name, "data", name) for name in BUNDLED}
        self._read_before: dict[str, Dataset] = {}
        self._uploads = 0

    def __enter__(self) -> Sources:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove the private folder with all that was uploaded."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def listed(self) -> list[Source]:
        """Every source but the sets of points."""
        return list(self._sources.values())

    def add(self, where: str | Path) -> Source:
        """A file, a folder or the name of a data set, as `lamina play` was given it.

        Raises:
            DataError: nothing there, and no data set of that name.
        """
        if not Path(where).exists() and not is_named(str(where)):
            raise DataError(
                f"there is no file or folder {str(where)!r}, and no data set of that name: see `lamina data`"
            )
        title = printable(Path(where).name or str(where))[:LONGEST_TITLE]
        return self._keep(Source(title, title, kind_of(str(where)), str(where)))

    def upload(self, title: str, data: bytes) -> Source:
        """Keep what was uploaded under a name of our own: letters and a known suffix are all that is used of the title.

        Raises:
            DataError: nothing in it, or too many of them.
        """
        if not data:
            raise DataError("the file is empty: choose one that holds a table, pictures, sounds, texts or a model")
        if self._uploads >= MOST_UPLOADS:
            raise DataError(f"{MOST_UPLOADS} files were uploaded: start `lamina play` again to forget them")
        last = PureWindowsPath(PurePosixPath(title).name).name
        self._uploads += 1
        folder = self._folder / f"upload-{self._uploads}"
        folder.mkdir()
        path = folder / f"{_stem_of(last)}{suffix_of(last)}"
        save_atomically(path, data, lambda _: None)
        return self._keep(Source(f"upload {self._uploads}", printable(last)[:LONGEST_TITLE], kind_of(last), str(path)))

    def targets(self, source: Source) -> tuple[str, ...]:
        """The columns to choose a target from; none where the library finds it, and of data that is no table."""
        if source.kind == "model":
            return ()
        settings = PageSettings(data=source.name, features=())
        try:
            self._kept(settings, {})
        except LaminaError:  # no target, or no data: the second reading tells them apart
            with contextlib.suppress(LaminaError):
                inputs = self._kept(settings, {"task": "clustering"}).inputs
                return tuple(inputs.columns) if isinstance(inputs, Table) else ()
        return ()

    def where(self, settings: PageSettings) -> str:
        """What `lamina.read` is given: a path or a name.

        Raises:
            DataError: no such source.
        """
        if settings.drawn:
            return points_name(settings.data, settings.examples, settings.noise, settings.data_seed)
        return self.source(settings.data).where

    def reading(self, settings: PageSettings) -> dict[str, Any]:
        """What is said to `lamina.read`: the target, the task, and the columns that are left out.

        Raises:
            DataError: features that are no columns.
        """
        options = _target_and_task(settings)
        if settings.drawn or not settings.features:
            return options
        columns = self.columns(settings)
        unknown = [name for name in settings.features if name not in columns]
        if unknown:
            raise DataError(f"{unknown[0]!r} is no column of {settings.data}; those are {', '.join(columns) or 'none'}")
        dropped = {name: "drop" for name in columns if name not in settings.features}
        return {**options, "kinds": dropped} if dropped else options

    def read(self, settings: PageSettings) -> Dataset:
        """The data that settings name, as `lamina.read` gives it.

        Raises:
            DataError: no such source, or one that cannot be read.
        """
        return self._kept(settings, self.reading(settings))

    def columns(self, settings: PageSettings) -> tuple[str, ...]:
        """Every column of a table but its target; none of other data."""
        if settings.drawn:
            return ()
        inputs = self._kept(settings, _target_and_task(settings)).inputs
        return tuple(inputs.columns) if isinstance(inputs, Table) else ()

    def source(self, name: str) -> Source:
        """A source by its name.

        Raises:
            DataError: there is none.
        """
        if name not in self._sources:
            known = ", ".join([*POINT_SETS, *self._sources])
            raise DataError(f"there is no source {printable(name)[:LONGEST_TITLE]!r}; there are {known}")
        return self._sources[name]

    def model(self, name: str) -> Model:
        """The model of a source.

        Raises:
            DataError: no such source, or one of data.
            ModelFileError: a file that is no sound model.
        """
        source = self.source(name)
        if source.kind != "model":
            raise DataError(f"{source.title} holds data; only a model file, NAME{MODEL_SUFFIX}, is opened")
        return Model.load(source.where)

    def _kept(self, settings: PageSettings, options: Mapping[str, Any]) -> Dataset:
        """What was read before with the same options, or is read now; two of them are kept."""
        where = self.where(settings)
        key = repr((where, options))
        if key not in self._read_before:
            if kind_of(where) == "model":
                raise DataError(f"{self.source(settings.data).title} is a model, which is opened; it holds no data")
            try:
                found = read(where, **options)
            except SettingError as error:
                raise DataError(str(error)) from error
            self._read_before = dict([*self._read_before.items(), (key, found)][-2:])
        return self._read_before[key]

    def _keep(self, source: Source) -> Source:
        self._sources[source.name] = source
        return source


def kind_of(name: str) -> str:
    """Whether a file is a model or data, by its name."""
    return "model" if name.lower().endswith(MODEL_SUFFIX) else "data"


def suffix_of(name: str) -> str:
    """The suffix of a name where it is one that readers know, else none.

    Example:
        >>> suffix_of("birds.tar.gz"), suffix_of("a.exe")
        ('.tar.gz', '')
    """
    return next((one for one in (*SUFFIXES, MODEL_SUFFIX) if name.lower().endswith(one)), "")


def _target_and_task(settings: PageSettings) -> dict[str, Any]:
    said = {} if settings.drawn else {"target": settings.target, "task": settings.task}
    return {name: value for name, value in said.items() if value}


def _stem_of(name: str) -> str:
    """What a name leaves as the data's name in the model file: letters, digits, hyphens."""
    stem = name[: len(name) - len(suffix_of(name))]
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in stem)
    return kept.strip("-")[:40] or "data"
