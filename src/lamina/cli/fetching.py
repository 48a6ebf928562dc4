"""Fetching a named data set before it is read, so that a person sees it happen."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lamina.cli.console import remark

if TYPE_CHECKING:
    from rich.progress import TaskID


def fetch_named(source: str) -> None:
    """Fetch the data set of this name, where no path is called so and it is not here yet."""
    from lamina.data.named_sets import NAMED_SETS, fetch_set, folder_of

    if source not in NAMED_SETS or Path(source).exists():
        return
    found, folder = NAMED_SETS[source], folder_of(source)
    if found.is_here(folder):
        return
    host = urlsplit(found.files[0].urls[0]).netloc
    remark(f"fetching {source} ({megabytes(found.size)}) from {host} into {folder}")
    with FetchBar() as bar:
        fetch_set(source, found, bar.tell)


def megabytes(size: int) -> str:
    """A size as a person reads it."""
    return f"{size / 1e6:,.1f} MB"


class FetchBar:
    """Shows how much of each file has come, on a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(),
            console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True,
        )  # fmt: skip
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> FetchBar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def tell(self, name: str, done: int, size: int) -> None:
        """So many bytes of a file have come."""
        if name not in self._tasks:
            self._tasks[name] = self._bar.add_task(name, total=size)
        self._bar.update(self._tasks[name], completed=done)
