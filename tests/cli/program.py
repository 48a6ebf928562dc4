"""The program `lamina` as a person starts it: in this process where that tells the same, in a new one where not."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import typer

from lamina.cli import main
from lamina.errors import LaminaWarning

TIMEOUT = 300
"""Seconds after which a command hangs; none of them comes near, on however slow a machine."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it said."""

    status: int
    out: str
    err: str


_made_of = functools.cache(typer.main.get_command)
"""The parser of all commands, which takes longer to make than most commands take; a program makes it once as well."""


def lamina(folder: Path, *words: object) -> Outcome:
    """Run a command in this process, with `folder` as the folder that it stands in."""
    out, err, status, began = io.StringIO(), io.StringIO(), 0, time.perf_counter()
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(folder))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(err))
        stack.enter_context(mock.patch.object(sys, "argv", ["lamina", *map(str, words)]))
        stack.enter_context(mock.patch("typer.main.get_command", _made_of))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("always", LaminaWarning)
        for command in ("compare", "train", "tune"):  # this process is older than the command, whose time is limited
            clock = f"lamina.cli.{command}.seconds_since_start"
            stack.enter_context(mock.patch(clock, side_effect=lambda: time.perf_counter() - began))
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Outcome(status, out.getvalue(), err.getvalue())


def start(folder: Path, *words: object, **environment: str) -> subprocess.Popen[str]:
    """Start a command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "lamina", *map(str, words)], cwd=folder, env={**os.environ, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def run(folder: Path, *words: object, **environment: str) -> Outcome:
    """Run a command in a process of its own to its end."""
    process = start(folder, *words, **environment)
    out, err = process.communicate(timeout=TIMEOUT)
    return Outcome(process.returncode, out, err)


def error_of(outcome: Outcome) -> str:
    """The one error text of a command that was refused: exit status 2, no traceback."""
    lines = [line for line in outcome.err.splitlines() if not line.startswith("note: ")]
    assert outcome.status == 2, outcome
    assert len(lines) == 1, lines
    assert lines[0].startswith("error: "), lines
    assert "Traceback" not in outcome.out + outcome.err
    return lines[0].removeprefix("error: ")
