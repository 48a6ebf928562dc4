"""The proof in a model file: made-up raw inputs, the answers they got, and how far another machine may differ."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lamina.arrays import Numpy
from lamina.data.encoders import Encoder
from lamina.data.inputs import RawExample
from lamina.tasks.base import Value, flat

if TYPE_CHECKING:
    from lamina.model.model import Model
    from lamina.tasks.base import Task

RELATIVE_TOLERANCE = 1e-4
"""Of the largest answer: float32 sums in another order differ by about a tenth of this."""


@dataclass(frozen=True)
class Proof:
    """Raw inputs and the outputs that the network gave for them.

    Args:
        inputs: raw examples: pictures of other sizes than trained, rows as texts.
        answers: (inputs, outputs), float32.
        values: what the task makes of the answers: class names, or numbers in the target's unit.
        tolerance: the largest difference of an answer that passes.
    """

    inputs: tuple[RawExample, ...]
    answers: Numpy
    values: tuple[Value, ...]
    tolerance: float


def make_proof(model: Model) -> Proof:
    """Ask the model for its answers to its encoder's made-up examples."""
    inputs = tuple(model.encoder.made_up())
    answers = answer(model, inputs)
    tolerance = RELATIVE_TOLERANCE * max(model.task.size(answers), 1e-3)
    return Proof(inputs, answers, read_values(model.task, answers), tolerance)


def answer(model: Model, inputs: tuple[RawExample, ...]) -> Numpy:
    """The network's outputs for raw examples, through the model's own preparation."""
    encoded = np.stack([model.encoder.encode_raw(example) for example in inputs])
    return model.outputs(encoded)


def read_values(task: Task, answers: Numpy) -> tuple[Value, ...]:
    """The class name or the number that the task reads from each answer."""
    return task.proof_values(answers)


def difference(model: Model, proof: Proof) -> float:
    """The largest distance between what the model answers now and what the proof says.

    Infinite where the task reads other values from the proof's own answers: then its fitted numbers or class names
    are not those of the saved model.
    """
    if not _same_values(read_values(model.task, proof.answers), proof.values):
        return math.inf
    return float(np.abs(answer(model, proof.inputs) - proof.answers).max())


def _same_values(found: tuple[Value, ...], said: tuple[Value, ...]) -> bool:
    """Equal, numbers to nine digits of the largest: another processor may round the last of a float64."""
    pairs = list(zip(_flat(found), _flat(said), strict=False))
    allowed = 1e-9 * max((abs(b) for _, b in pairs if isinstance(b, float)), default=0.0)
    same_lengths = len(_flat(found)) == len(_flat(said)) == len(pairs)
    return same_lengths and all(
        abs(a - b) <= allowed if isinstance(a, float) and isinstance(b, float) else a == b for a, b in pairs
    )


def _flat(values: tuple[Value, ...]) -> list[str | float]:
    return [one for value in values for one in flat(value)]


def encoder_takes(encoder: Encoder, examples: tuple[RawExample, ...]) -> bool:
    """Whether raw examples are of the kinds that the encoder made up."""
    return {type(example) for example in examples} <= {type(made) for made in encoder.made_up()}
