"""A training loop in a notebook draws its curves while it runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from lamina.errors import SettingError
from lamina.model.run import Run
from lamina.training.records import Epoch

SECONDS_APART = 0.25
"""Quick epochs are drawn no more often than this; the last one always is."""


def live(run: Run) -> Iterator[Epoch]:
    """A run's epochs, while its curves are drawn in the notebook's cell.

    The drawing is replaced in its place; there are no widgets, no threads and nothing that waits. Where the loop is
    left, or stopped by the notebook's button, the run goes on when it is iterated over again.

    Raises:
        SettingError: no notebook; iterate over the run itself.

    Example:
        >>> import lamina
        >>> for epoch in lamina.live(lamina.train("iris", epochs=3)):  # doctest: +SKIP
        ...     if epoch["validation error"] < 0.03:
        ...         break
    """
    return _drawn(run, _display(run))  # the display is asked for now, not at the first epoch


def _drawn(run: Run, shown: Any) -> Iterator[Epoch]:
    last = time.monotonic()
    try:
        for epoch in run:
            if time.monotonic() - last > SECONDS_APART:
                shown.update(run)
                last = time.monotonic()
            yield epoch
    finally:  # after the last epoch, a break, an error, or the notebook's stop
        shown.update(run)


def _display(run: Run) -> Any:
    """The run in the cell, and the handle by which it is drawn again."""
    try:
        from IPython.core.getipython import get_ipython
        from IPython.display import display
    except ImportError:
        shell = None
    else:
        shell = get_ipython()
    if getattr(shell, "kernel", None) is None:  # a terminal's shell would print a line an epoch
        raise SettingError("lamina.live draws in a notebook (Jupyter), and this is none: iterate over the run itself")
    return display(run, display_id=True)
