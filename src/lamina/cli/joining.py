"""One of several processes that train together: process 0 speaks and writes, the others only say what went wrong."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lamina.errors import LaminaError
from lamina.processes.place import Place

if TYPE_CHECKING:
    from lamina.processes.together import Together


@contextlib.contextmanager
def joined(place: Place | None) -> Iterator[Together]:
    """The processes of the run, met; an error of this one ends the others with its text."""
    from lamina.processes.together import join

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
