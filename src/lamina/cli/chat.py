"""lamina chat: every line that is typed gets its answer from a model of pairs of texts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from lamina.cli.console import remark, say

PROMPT = "> "
WORDS_TO_END = ("quit", "exit")


def chat(
    model: Annotated[Path, typer.Argument(help="A model file of pairs of texts, such as of a translation.")],
    allow_unproven: Annotated[bool, typer.Option(help="Go on where the model's proof does not hold.")] = False,
) -> None:
    """Answer every line that is typed, or that comes through a pipe; an empty line, Ctrl-D or quit ends it.

    \b
    lamina chat french.safetensors
    lamina chat french.safetensors < sentences.txt
    """
    from lamina.model.model import Model
    from lamina.model.translating import answer_text, require_pairs

    loaded = Model.load(model, allow_unproven=allow_unproven)
    encoder = require_pairs(loaded)
    if sys.stdin.isatty():
        remark(f"{encoder.column} is answered with {loaded.task.target}; an empty line, Ctrl-D or quit ends it")
    for line in typed():
        say(answer_text(loaded, line))


def typed() -> Iterator[str]:
    """The lines of standard input up to an empty one, quit, or its end; a terminal is asked for each."""
    asked = sys.stdin.isatty()
    while True:
        try:
            line = input(PROMPT if asked else "").strip()
        except (EOFError, KeyboardInterrupt):
            if asked:
                say("")
            return
        if not line or line.lower() in WORDS_TO_END:
            return
        yield line
