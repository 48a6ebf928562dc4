"""lamina show: what is in a model file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from lamina.cli.console import say


def show(
    model: Annotated[Path, typer.Argument(help="A model file.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the file's whole document as JSON.")] = False,
    prove: Annotated[bool, typer.Option(help="Let the model answer its proof.")] = True,
) -> None:
    """Show a model's layers, shapes and parameters, how it was trained, and whether its proof holds.

    \b
    lamina show digits.safetensors
    lamina show digits.safetensors --json
    """
    from lamina.model.document import model_document, read_model
    from lamina.model.proof import difference

    loaded, proof = read_model(model)
    if as_json:
        say(json.dumps(model_document(loaded, proof), indent=2, ensure_ascii=False))
        return
    say(loaded.summary())
    if not prove:
        return
    off = difference(loaded, proof)
    holds = "holds" if off <= proof.tolerance else "DOES NOT HOLD"
    say(
        f"proof       {holds}: {len(proof.inputs)} made-up inputs, answers off by at most {off:.2g}, allowed "
        f"{proof.tolerance:.2g}"
    )
