"""The Python and the command line that do what the page did."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lamina.networks.written import is_written
from lamina.playground.play_run import PlayRun
from lamina.playground.settings import LEARNING, PageSettings
from lamina.playground.sources import Sources

EDITED = "what was done by hand is not in the code: "


@dataclass(frozen=True)
class Code:
    """The same training as a program and as a command.

    Args:
        python, command: both save the same model file.
        files: those of the person's own that they read.
        note: what they do not do; "" for nothing.
    """

    python: str
    command: str
    files: tuple[str, ...]
    note: str


def code_of(run: PlayRun, sources: Sources) -> Code:
    """The code of a run up to its last whole epoch.

    Example:
        >>> with Sources() as sources:
        ...     print(code_of(PlayRun(sources, PageSettings(examples=40, network="2 tanh")), sources).python)
        import lamina
        <BLANKLINE>
        model = lamina.fit(
            "spiral-examples40",
            "features x1 x2, 2 tanh",
            epochs=0,
            ...
    """
    settings = run.settings
    where, files = _where(settings, sources)
    reading = sources.reading(settings)
    learning = _learning(settings, run.position.epoch)
    output = f"{run.prepared.dataset.name}.safetensors"
    note = f"{EDITED}{'; '.join(run.remarks)}" if run.remarks else ""
    return Code(
        _python(where, settings, {**reading, **learning}, output),
        _command(where, settings, reading, learning, output), files, note,
    )  # fmt: skip


def _where(settings: PageSettings, sources: Sources) -> tuple[str, tuple[str, ...]]:
    """What the code reads: a name, or the person's own file by the name that it had."""
    where = sources.where(settings)
    if settings.drawn or not Path(where).exists():
        return where, ()
    title = sources.source(settings.data).title
    return title, (title,)


def _learning(settings: PageSettings, epochs: int) -> dict[str, Any]:
    """Every setting that is not left to the library, by the name that Python and, with hyphens, the command know."""
    said = {"epochs": epochs, "schedule": "constant", **{name: getattr(settings, name) for name in LEARNING}}
    return {**said, "loss": settings.loss} if settings.loss else said


def _python(where: str, settings: PageSettings, options: Mapping[str, Any], output: str) -> str:
    network = [] if settings.words is None else [f"    {_quoted(settings.words)},"]
    every = {**options, "test_share": settings.test_share}
    lines = [f"    {name}={_quoted(value)}," for name, value in every.items()]
    head = ["import lamina", "", "model = lamina.fit(", f"    {_quoted(where)},"]
    return "\n".join([*head, *network, *lines, ")", f"model.save({_quoted(output)})", ""])


def _command(
    where: str, settings: PageSettings, reading: Mapping[str, Any], learning: Mapping[str, Any], output: str
) -> str:
    words = ["lamina", "train", where]
    if settings.words is not None:
        words += ["--layers" if is_written(settings.words) else "--network", settings.words]
    for name, value in {**reading, **learning}.items():
        text = ",".join(f"{key}={kind}" for key, kind in value.items()) if isinstance(value, dict) else str(value)
        words += [f"--{name.replace('_', '-')}", text]
    words += ["--split", f"{settings.train_percent}/{100 - settings.train_percent}", "-o", output]
    return shlex.join(words)


def _quoted(value: Any) -> str:
    """A value as Python has it, with double quotes as the house writes them."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
