"""One example out of what `predict` takes."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy
from lamina.data.encoders import Encoder
from lamina.data.memory import memory_from
from lamina.data.passage_encoder import PassageEncoder
from lamina.data.prediction_inputs import read_inputs
from lamina.errors import DataError, SettingError
from lamina.explaining.programs import quickly_compiled
from lamina.model.model import Model
from lamina.tasks.base import Prediction, Task
from lamina.tasks.language import Language


def one_example(model: Model, x: Any, number: int) -> tuple[str, Numpy]:
    """The name of an example and what the model's encoder makes of it.

    Raises:
        DataError: it cannot be read.
        SettingError: x holds no example of this number.
    """
    inputs = read_inputs(x, model.encoder)
    encoded, kept, skipped = model.encoder.encode_within(inputs, memory_from(None))
    if skipped:
        skipped[0].complain()
    if not 0 <= number < len(encoded):
        raise SettingError(f"example must be from 0 to {len(encoded) - 1}; got {number}")
    return _own_name(inputs.names[int(kept[number])], x), np.asarray(encoded[number])


def last_step(model: Model, encoded: Numpy) -> int | None:
    """Of a text that is gone on with the step after which it goes on; None of anything else.

    Raises:
        DataError: a text without a character that the model knows.
    """
    if not isinstance(model.encoder, PassageEncoder):
        return None
    if not np.any(encoded):
        raise DataError("the text has no character that the model knows: give one that it can go on from")
    return int(model.encoder.last_steps(encoded[None])[0])


def told_answer(task: Task, answer: Prediction) -> str:
    """An answer in words; a character in quotation marks, since not every one is seen.

    Example:
        >>> told_answer(Language("ab", 3), Prediction("b", {"b": 0.75, "a": 0.25}))
        "'b' (75.0 %)"
    """
    if not isinstance(task, Language):
        return str(answer)
    return f"{answer.value!r} ({100 * answer.probabilities[str(answer.value)]:.1f} %)"


def _own_name(name: str, source: Any) -> str:
    """An example's name without the folders before its source: of a member that of its archive comes first."""
    return name.removeprefix(os.path.join(os.path.dirname(source), "")) if isinstance(source, str | Path) else name


def as_seen(model: Model, encoded: Numpy) -> Numpy:
    """What the network sees of an encoded example."""
    seen: Numpy = np.asarray(_program(model.encoder)(encoded[None]))[0]
    return seen


@functools.lru_cache(8)
def _program(encoder: Encoder) -> Callable[[Numpy], Array]:
    """What an encoder leaves to the device; asked again, nothing is compiled."""
    return quickly_compiled(encoder.on_device)
