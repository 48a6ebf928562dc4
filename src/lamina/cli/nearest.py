"""`lamina nearest`: the examples that are most like the ones asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lamina.cli.console import say
from lamina.cli.fetching import fetch_named
from lamina.cli.progress import reading_bar
from lamina.visible import printable


def nearest(
    model: Annotated[Path, typer.Argument(help="A model file, best one of --network siamese.")],
    source: Annotated[str, typer.Argument(help="What is looked for: files, a folder, a table, the name of a set.")],
    among: Annotated[
        str | None, typer.Option(help="Where it is looked for: the same kinds of sources [default: SOURCE itself].")
    ] = None,
    count: Annotated[int, typer.Option("--count", "-n", help="How many are told.")] = 5,
) -> None:
    """List the most similar examples, with their distances.

    \b
    lamina train faces/ --network siamese
    lamina nearest faces.safetensors unknown.jpg --among faces/
    lamina nearest faces.safetensors faces/ -n 1
    """
    from lamina.model.model import Model
    from lamina.model.nearest import nearest as look

    loaded = Model.load(model)
    for one in {source, among or source}:
        fetch_named(one)
    with reading_bar():
        found = look(loaded, source, among, count)
    say(*(printable(str(one)) for one in found))
