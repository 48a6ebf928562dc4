"""The progress bar with time left, and a line an epoch; the bar falls silent where the output is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from lamina.cli.console import say
from lamina.data.watching import watched

if TYPE_CHECKING:
    from rich.progress import TaskID

    from lamina.model.run import Run
    from lamina.training.records import Progress as Position

PATIENCE_SECONDS = 1.0
"""What takes less is over before anybody wonders."""


@contextmanager
def reading_bar() -> Iterator[None]:
    """A bar for what goes through many examples before training begins; none where the output is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,} of {task.total:,}"),
        TimeRemainingColumn(), console=Console(), disable=not sys.stdout.isatty(), transient=True,
    )  # fmt: skip
    tasks: dict[str, TaskID] = {}
    began = time.perf_counter()

    def show(words: str, done: int, total: int) -> None:
        if words not in tasks:
            tasks[words] = bar.add_task(words, total=total)
        bar.update(tasks[words], completed=done, visible=done < total)
        if not bar.live.is_started and time.perf_counter() - began > PATIENCE_SECONDS:
            bar.start()

    try:
        with watched(show):
            yield
    finally:
        bar.stop()


class ProgressBar:
    """Shows a run's positions."""

    def __init__(self, run: Run) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._batches = run.trainer.batches
        self._began = time.perf_counter()
        total = run.progress.total_steps
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(), disable=not sys.stdout.isatty(), transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task("compiling", total=total)

    def __enter__(self) -> ProgressBar:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def show(self, before: Position, after: Position) -> None:
        """Move the bar; print the line of an epoch that has ended."""
        if after.epochs_done > before.epochs_done:
            epoch = after.history[-1]
            self._print(f"epoch {epoch.number:3}  {epoch.line()}")
        done = after.epochs_done * self._batches + after.batch
        description = f"epoch {after.epochs_done + 1}, step {after.batch:,} of {self._batches:,}"
        self._bar.update(self._task, completed=done, total=after.total_steps, description=description)

    def _print(self, line: str) -> None:
        if self._bar.disable:
            say(line)
        else:
            self._bar.console.print(line, markup=False, highlight=False)
