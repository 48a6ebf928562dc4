"""What a person sees: lines to standard output, remarks and errors to standard error, nothing that a terminal obeys."""

from __future__ import annotations

import io
import json
import sys
import warnings
from typing import Any, TextIO

import typer

from lamina.errors import LaminaWarning
from lamina.visible import printable


def take_every_character() -> None:
    """Let what a terminal's encoding lacks be written as an escape, instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(*lines: str) -> None:
    """Lines to standard output; a line feed within one is made visible, so that no data can pass for a line of ours."""
    for line in lines:
        typer.echo(printable(line))


def json_lines(value: Any) -> list[str]:
    """Data as JSON of ASCII alone, which every terminal and every reader takes as it is."""
    return json.dumps(value, indent=2).splitlines()


def remark(text: str) -> None:
    """A sentence about what was assumed, to standard error."""
    typer.echo(f"note: {printable(text)}", err=True)


def complain(text: str) -> None:
    """What went wrong, to standard error."""
    typer.echo(f"error: {printable(text)}", err=True)


def show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Warnings of Lamina as plain sentences; those of other libraries only where Python is asked for them."""
    if issubclass(category, LaminaWarning):
        typer.echo(f"warning: {printable(str(message))}", err=True)
    elif sys.warnoptions:
        typer.echo(warnings.formatwarning(message, category, filename, lineno, line), err=True)
