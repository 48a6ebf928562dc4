"""`lamina plot`: one figure by its name, as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lamina.cli.console import say
from lamina.cli.fetching import fetch_named
from lamina.cli.progress import reading_bar


def plot(
    name: Annotated[str | None, typer.Argument(help="Which plot; without it all are listed.")] = None,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL] [SOURCE|FILE]", help="What the plot takes, as the list says.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file: .png, .svg or .pdf; NAME.png without it.")
    ] = None,
    dark: Annotated[bool, typer.Option("--dark", help="Light on dark.")] = False,
    size: Annotated[str | None, typer.Option(help="Width x height in inches, such as 8x5.")] = None,
    target: Annotated[
        str | None, typer.Option(help="Of a table: the column to predict; of several targets the one that is drawn.")
    ] = None,
    columns: Annotated[str | None, typer.Option(help="Of regions: the names of two columns, as A,B.")] = None,
    way: Annotated[
        str | None,
        typer.Option(help="Of points: pca or tsne. Of mattered: integrated, gradient or occlusion."),
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the plots.")] = False,
    allow_unproven: Annotated[bool, typer.Option(help="Go on where the model's proof does not hold.")] = False,
) -> None:
    """Draw a figure: of an idea, a network, a run.

    \b
    lamina plot
    lamina plot activation relu -o relu.png
    lamina plot descent --dark
    lamina plot network digits.safetensors
    lamina plot run digits.safetensors -o run.svg --size 8x4
    lamina plot regions iris.safetensors iris --columns "petal length (cm), petal width (cm)"
    """
    from lamina.plots.catalog import find
    from lamina.plots.catalog import plot as draw
    from lamina.plots.style import require_place, save

    if listed or name is None:
        say(*catalog_lines())
        return
    found, words = find(name), arguments or []
    path = output or Path(f"{name}.png")
    require_place(path)
    for word, own in zip(found.names, words, strict=False):
        if word == "SOURCE":
            fetch_named(own)
    given = {"target": target, "columns": columns, "way": way}
    options = {option: value for option, value in given.items() if value is not None}
    with reading_bar():
        made = draw(name, *words, dark=dark, size=size, allow_unproven=allow_unproven, **options)
    say(f"saved  {save(made, path)}")


def catalog_lines() -> list[str]:
    """A line a plot: its name, what it takes and what it shows."""
    from lamina.plots.catalog import PLOTS

    heads = [f"{name} {one.arguments}".strip() for name, one in PLOTS.items()]
    width = max(map(len, heads))
    return [f"{head.ljust(width)}  {one.sentence}" for head, one in zip(heads, PLOTS.values(), strict=True)]
