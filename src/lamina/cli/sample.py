"""`lamina sample`: new examples out of a model that generates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lamina.cli.console import say


def sample(
    model: Annotated[Path, typer.Argument(help="A model of a network that generates: vae, gan, boltzmann.")],
    count: Annotated[int, typer.Option("--count", "-n", help="How many.")] = 64,
    seed: Annotated[int, typer.Option(help="The same seed draws the same examples.")] = 0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A .png with all pictures side by side, or a .csv of rows.")
    ] = None,
) -> None:
    """Draw new examples: pictures as one sheet, rows as a table.

    \b
    lamina train digits --network vae
    lamina sample digits.safetensors -n 100 -o samples.png
    lamina train penguins.csv --network vae
    lamina sample penguins.safetensors -n 1000 -o samples.csv
    """
    from lamina.model.generating import sample_suffix, save_samples
    from lamina.model.model import Model

    loaded = Model.load(model)
    output = output or Path("samples").with_suffix(sample_suffix(loaded))
    save_samples(loaded, output, count, seed)
    say(f"saved  {output}   ({count:,} examples drawn with seed {seed})")
