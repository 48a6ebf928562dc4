"""`lamina export`: a model in another form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lamina.cli.console import remark, say


def export(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    to: Annotated[str, typer.Option(help="The form: onnx, numpy, torch or keras.")] = "onnx",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The file; else after the model's: NAME.onnx, NAME_torch.py.")
    ] = None,
    prepare: Annotated[bool, typer.Option(help="Put the preparation and the answers in, as far as they fit.")] = True,
    allow_unproven: Annotated[bool, typer.Option(help="Go on where the model's proof does not hold.")] = False,
) -> None:
    """Write a model for other programs; what is written answers the model's own made-up examples first.

    \b
    lamina export digits.safetensors --to onnx -o digits.onnx
    lamina export iris.safetensors --to numpy -o iris.py
    """
    from lamina.exporting.export import ENDINGS
    from lamina.exporting.export import export as write
    from lamina.model.model import Model

    loaded = Model.load(model, allow_unproven=allow_unproven)
    path = output if output is not None else model.with_name(model.stem + ENDINGS.get(to, ""))
    exported = write(loaded, path, to, prepare)
    for sentence in exported.before:
        remark(sentence)
    if exported.off is None:
        remark(f"not checked: what {to} programs need is not installed here")
    else:
        count = len(loaded.encoder.made_up())
        say(f"checked  the same outputs for {count} made-up examples: off by {exported.off:.2g}")
    for one in exported.paths:
        say(f"saved    {one}")
