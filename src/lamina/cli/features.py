"""`lamina features`: what a layer gives for each example, as a table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lamina.cli.console import remark, say
from lamina.cli.fetching import fetch_named
from lamina.cli.progress import reading_bar


def features(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    source: Annotated[str, typer.Argument(help="Examples: what `lamina predict` takes, or the name of a set.")],
    layer: Annotated[
        str | None, typer.Option(help="As `lamina show` counts, inside another 3.body.1; else the last but one.")
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="A .csv, or a .npy of the numbers alone.")] = Path(
        "features.csv"
    ),
) -> None:
    """Write out what a layer has learnt to see in each example: for drawing, for clustering, for another algorithm.

    \b
    lamina features digits.safetensors digits -o features.csv
    lamina features cars.safetensors photos/ --layer 5 -o features.npy
    lamina features resnet.safetensors photos/ --layer 4.body.1 -o features.npy
    """
    from lamina.model.features import features as look
    from lamina.model.features import save_features
    from lamina.model.model import Model

    loaded = Model.load(model)
    fetch_named(source)
    with reading_bar():
        found = look(loaded, source, layer)
    for skipped in found.skipped:
        remark(f"left out {skipped.name}: {skipped.reason}")
    save_features(found, output)
    rows, columns = found.values.shape
    say(f"layer {found.layer}: {rows:,} examples, {columns:,} numbers each", f"saved  {output}")
