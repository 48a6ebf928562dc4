"""Where a run's data comes from: points that are drawn, files that were uploaded, what was named on the command line."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from lamina.data.dataset import Dataset
from lamina.data.read import SUFFIXES, is_named, read
from lamina.data.table import Table
from lamina.errors import DataError, SettingError
from lamina.model.model import Model
from lamina.model.saving import save_atomically
from lamina.playground.points import POINT_SETS, points_csv
from lamina.playground.settings import PageSettings
from lamina.visible import printable

MODEL_SUFFIX = ".safetensors"
MOST_SOURCES = 50
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


class Sources:
    """All sources of a session, in a private folder that goes with it.

    Example:
        >>> with Sources() as sources:
        ...     len(sources.read(PageSettings(examples=20)))
        20
    """

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="lamina-play-"))
        self._sources: dict[str, Source] = {}
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
        """What was added, in its order."""
        return list(self._sources.values())

    def add(self, where: str | Path) -> Source:
        """A file, a folder or the name of a data set, as `lamina play` was given it."""
        path = Path(where)
        title = printable(path.name or str(where))[:LONGEST_TITLE]
        return self._keep(Source(str(where), title, kind_of(path), str(where)))

    def upload(self, title: str, data: bytes) -> Source:
        """Keep what was uploaded under a name of our own; of the person's name only a known suffix is used.

        Raises:
            DataError: nothing in it, or too many of them.
        """
        if not data:
            raise DataError("the file is empty: choose one that holds a table, pictures, sounds, texts or a model")
        if len(self._sources) >= MOST_SOURCES:
            raise DataError(f"there are {MOST_SOURCES} sources already: start `lamina play` again to forget them")
        last = PureWindowsPath(PurePosixPath(title).name).name
        self._uploads += 1
        folder = self._folder / f"upload-{self._uploads}"
        folder.mkdir()
        path = folder / f"{_stem_of(last)}{suffix_of(last)}"
        save_atomically(path, data, lambda _: None)
        return self._keep(Source(f"upload {self._uploads}", printable(last)[:LONGEST_TITLE], kind_of(path), str(path)))

    def read(self, settings: PageSettings) -> Dataset:
        """The data that settings name, as `lamina.read` gives it; what was read last is not read again.

        Raises:
            DataError: no such source, or one that cannot be read.
        """
        options = self.reading(settings)
        return self._kept(settings, options)

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

    def columns(self, settings: PageSettings) -> tuple[str, ...]:
        """Every column of a table but its target; none of other data."""
        inputs = self._kept(settings, _target_and_task(settings)).inputs
        return tuple(inputs.columns) if isinstance(inputs, Table) else ()

    def path(self, settings: PageSettings) -> Path | str:
        """Where the data is read from."""
        return self._folder / f"{settings.data}.csv" if settings.drawn else self.source(settings.data).where

    def points(self, settings: PageSettings) -> str:
        """The points as a table."""
        return points_csv(settings.data, settings.examples, settings.noise, settings.data_seed)

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
            raise DataError(f"{source.title} holds data; a model file is opened")
        return Model.load(source.where)

    def _kept(self, settings: PageSettings, options: Mapping[str, Any]) -> Dataset:
        """What was read before with the same options, or is read now; two of them are kept."""
        text = self.points(settings) if settings.drawn else ""
        key = repr((self.path(settings), options, text))
        if key not in self._read_before:
            found = self._read(settings, text, options)
            self._read_before = dict([*self._read_before.items(), (key, found)][-2:])
        return self._read_before[key]

    def _read(self, settings: PageSettings, text: str, options: Mapping[str, Any]) -> Dataset:
        where = self.path(settings)
        if settings.drawn:
            Path(where).write_text(text, encoding="utf-8")
        elif self.source(settings.data).kind == "model":
            raise DataError(f"{self.source(settings.data).title} is a model, which is opened; it holds no data")
        try:
            return read(where, **options)
        except SettingError as error:
            raise DataError(str(error)) from error

    def _keep(self, source: Source) -> Source:
        self._sources[source.name] = source
        return source


def _target_and_task(settings: PageSettings) -> dict[str, Any]:
    if settings.drawn:
        return {"target": POINT_SETS[settings.data].target}
    said = {"target": settings.target, "task": settings.task}
    return {name: value for name, value in said.items() if value}


def kind_of(path: Path) -> str:
    """Whether a file is a model or data, by its name."""
    return "model" if path.suffix.lower() == MODEL_SUFFIX else "data"


def suffix_of(name: str) -> str:
    """The suffix of a name where it is one that readers know, else none.

    Example:
        >>> suffix_of("birds.tar.gz"), suffix_of("a.exe")
        ('.tar.gz', '')
    """
    return next((one for one in (*SUFFIXES, MODEL_SUFFIX) if name.lower().endswith(one)), "")


def _stem_of(name: str) -> str:
    """What a name leaves as the data's name in the model file: letters, digits, hyphens."""
    stem = name[: len(name) - len(suffix_of(name))]
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in stem)
    return kept.strip("-")[:40] or "data"


def is_source(where: str) -> bool:
    """Whether something on the command line is there."""
    return is_named(where) or Path(where).exists()
