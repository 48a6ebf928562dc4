"""One of several processes that train together: process 0 speaks and writes, the others only say what went wrong."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lamina.cli.console import remark
from lamina.errors import LaminaError
from lamina.processes.place import Place, launched

if TYPE_CHECKING:
    from lamina.processes.together import Together


@contextlib.contextmanager
def joined(place: Place | None) -> Iterator[Together]:
    """The processes of the run, met; an error of this one ends the others with its text."""
    from lamina.processes.together import join

    if place is None:
        _warn_of_a_launcher()
    together = join(place)
    try:
        with contextlib.ExitStack() as stack:
            if not together.writes:
                stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
                stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
            yield together
    except LaminaError as error:
        together.fail(str(error))
        raise


def _warn_of_a_launcher() -> None:
    """Several tasks that each train the same, and write the same file, are seldom what was meant."""
    launcher, said = launched(os.environ)
    if said.get("processes", "1") != "1":
        remark(
            f"{launcher} started {said['processes']} processes, and each of them trains by itself: "
            f"give --processes auto to train together"
        )
