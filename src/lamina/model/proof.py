"""The proof in a model file: made-up raw inputs, the answers they got, and how far another machine may differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.encoders import Encoder
from lamina.data.inputs import RawExample

if TYPE_CHECKING:
    from lamina.model.model import Model

RELATIVE_TOLERANCE = 1e-4
"""Of the largest answer: float32 sums in another order differ by about a tenth of this."""


@dataclass(frozen=True)
class Proof:
    """Raw inputs and the outputs that the network gave for them.

    Args:
        inputs: raw examples: pictures of other sizes than trained, rows as texts.
        answers: (inputs, outputs), float32.
        tolerance: the largest difference that passes.
    """

    inputs: tuple[RawExample, ...]
    answers: Numpy
    tolerance: float


def make_proof(model: Model) -> Proof:
    """Ask the model for its answers to its encoder's made-up examples."""
    inputs = tuple(model.encoder.made_up())
    answers = answer(model, inputs)
    tolerance = RELATIVE_TOLERANCE * max(float(np.abs(answers).max()), 1e-3)
    return Proof(inputs, answers, tolerance)


def answer(model: Model, inputs: tuple[RawExample, ...]) -> Numpy:
    """The network's outputs for raw examples, through the model's own preparation."""
    encoded = np.stack([model.encoder.encode_raw(example) for example in inputs])
    return model.outputs(encoded)


def difference(model: Model, proof: Proof) -> float:
    """The largest distance between what the model answers now and what the proof says."""
    return float(np.abs(answer(model, proof.inputs) - proof.answers).max())


def input_to_json(example: RawExample) -> dict[str, Any]:
    """A picture's shape (its pixels are a tensor of the file), or a row's texts."""
    return {"picture": list(example.shape)} if isinstance(example, np.ndarray) else {"row": list(example)}


def encoder_takes(encoder: Encoder, example: RawExample) -> bool:
    """Whether a raw example is of the kind that the encoder made up."""
    return any(type(made) is type(example) for made in encoder.made_up())
