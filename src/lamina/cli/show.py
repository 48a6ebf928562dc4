"""lamina show: what is in a model file."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lamina.cli.console import json_lines, remark, say
from lamina.kernels import native

if TYPE_CHECKING:
    from lamina.model.model import Model
    from lamina.model.proof import Proof


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
    from lamina.model.document import read_model
    from lamina.model.proof import difference
    from lamina.model.summary import model_lines

    loaded, proof = read_model(model)
    off = difference(loaded, proof) if prove else None
    if as_json:
        say(*json_lines(_document(loaded, proof, off)))
        return
    say(*model_lines(loaded))
    if off is not None:
        holds = "holds" if off <= proof.tolerance else "DOES NOT HOLD"
        say(
            f"proof       {holds}: {len(proof.inputs)} made-up inputs, answers off by at most {off:.2g}, allowed "
            f"{proof.tolerance:.2g}"
        )
    if why := native.missing():
        remark(f"this machine computes with the pure forms, which are slower: {why}")


def _document(model: Model, proof: Proof, off: float | None) -> dict[str, Any]:
    """What the file says, and what is reckoned from it: the layers with their shapes, and whether the proof holds."""
    from lamina.model.document import model_document
    from lamina.model.summary import depth, layer_rows

    rows = layer_rows(model.network, model.encoder.input_shape)
    found = {
        **model_document(model, proof),
        "layers": [dataclasses.asdict(row) for row in rows],
        "parameters": sum(row.parameters for row in rows),
        "depth": depth(model.network),
    }
    return found if off is None else {**found, "proof_holds": off <= proof.tolerance}
