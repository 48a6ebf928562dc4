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
    output: Annotated[Path, typer.Option("--output", "-o", help="A PNG with all of them side by side.")] = Path(
        "samples.png"
    ),
) -> None:
    """Draw new examples, as one picture.

    \b
    lamina train digits --network vae
    lamina sample digits.safetensors -n 100 -o samples.png
    """
    from lamina.model.generating import save_samples
    from lamina.model.model import Model

    save_samples(Model.load(model), output, count, seed)
    say(f"saved  {output}   ({count:,} examples drawn with seed {seed})")
