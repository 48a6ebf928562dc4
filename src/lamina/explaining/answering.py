"""What mattered for the answer of a model to raw data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.errors import SettingError
from lamina.explaining.example import as_seen, last_step, one_example, told_answer
from lamina.explaining.losses import number
from lamina.explaining.mattering import Mattered, gradient, integrated_gradients, occlusion
from lamina.explaining.names import example_namer
from lamina.explaining.neurons import Namer, place_of
from lamina.model.model import Model
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Prediction, Task
from lamina.tasks.classification import Classification
from lamina.tasks.forecasting import Forecasting
from lamina.tasks.language import Language
from lamina.tasks.playing import Playing
from lamina.tasks.regression import Regression
from lamina.tasks.several import Several

WAYS = {"gradient": gradient, "integrated": integrated_gradients, "occlusion": occlusion}


@dataclass(frozen=True, eq=False)
class Found:
    """What mattered for one answer.

    Args:
        title: the example and the answer.
        of: the output that was looked at.
        mattered: how much each number that the network takes did.
        named: the names of these numbers.
        picture: the example as bytes, where it is one.
        spectrogram: (moments, bands) of a sound, as the network sees it.
        step_seconds: from one moment to the next.
    """

    title: str
    of: str
    mattered: Mattered
    named: Namer
    picture: Numpy | None = None
    spectrogram: Numpy | None = None
    step_seconds: float = 0.0


def what_mattered(model: Model, x: Any, way: str = "integrated", example: int = 0) -> Found:
    """How much each number of an example mattered for the model's answer.

    Args:
        model: a trained model.
        x: what `predict` takes.
        way: "gradient", "integrated" or "occlusion".
        example: which one, from 0.

    Raises:
        SettingError: an unknown way, an example that x does not hold, an answer that no single output gives, words that
            no Embedding looks up.
        DataError: an example that cannot be read.

    Example:
        >>> import lamina
        >>> model = lamina.fit("iris", network="mlp", epochs=5)
        >>> what_mattered(model, [[5.1, 3.5, 1.4, 0.2]]).mattered.values.shape
        (4,)
    """
    _require_way(way)
    return mattered_in(model, *one_example(model, x, example), way)


def mattered_in(model: Model, name: str, encoded: Numpy, way: str = "integrated") -> Found:
    """The same of an example that is encoded already.

    Args:
        model: a trained model.
        name: of the example.
        encoded: as the model's encoder gives it.
        way: as `what_mattered` takes it.
    """
    answer, encoder = model.answers(encoded[None])[0], model.encoder
    seen = as_seen(model, encoded)
    of, found = mattered_for(model, seen, answer, way, last_step(model, encoded) or 0)
    told = Found(f"{name} -> {told_answer(model.task, answer)}", of, found, example_namer(encoder, seen))
    if isinstance(encoder, PictureEncoder):
        return replace(told, picture=encoded)
    if isinstance(encoder, SoundEncoder):
        return replace(told, spectrogram=seen[..., 0], step_seconds=encoder.step / encoder.rate_hz)
    return told


def mattered_for(model: Model, seen: Numpy, answer: Prediction, way: str, last: int = 0) -> tuple[str, Mattered]:
    """The output that was answered, and how much each number of what the network sees mattered for it.

    Args:
        last: of a text that is gone on with, its last step.

    Raises:
        SettingError: an unknown way, an answer that no single output gives, words that no Embedding looks up.
    """
    _require_way(way)
    at, of = _looked_at(model.task, answer, last)
    return of, WAYS[way](model.network, model.params, model.state, seen, at)


def _require_way(way: str) -> None:
    if way not in WAYS:
        raise SettingError(f"what mattered is found by {', '.join(WAYS)}; got {way!r}")


def _looked_at(task: Task, answer: Prediction, last: int) -> tuple[int, str]:
    """Which of the network's outputs, counted in a row, is looked at, and what it is called: the one that gave the
    answer; of several targets that of the first, of a forecast the next step, of a text what comes after its end.

    Raises:
        SettingError: no single output gives the answer.
    """
    if isinstance(task, Averaging):
        at, of = _looked_at(task.task, answer, last)
        return at, f"{of} of the first of {task.members} networks"
    if isinstance(task, Several):
        first = task.tasks[0]
        return _looked_at(first, answer.by_target[first.target], last)
    if isinstance(task, Classification):
        return task.classes.index(str(answer.value)), str(answer.value)
    if isinstance(task, Regression):
        return 0, task.target
    if isinstance(task, Forecasting):
        return 0, f"{task.target.split(',')[0]}, 1 step ahead"
    if isinstance(task, Language):
        return last * task.outputs + 1 + task.characters.index(str(answer.value)), repr(answer.value)
    if isinstance(task, Playing):
        return task.rules.names.index(str(answer.value)), str(answer.value)
    raise SettingError(
        "what mattered is asked of the one output that gives a class, a number, a next character or a move; this model "
        f"predicts {task.describe()}"
    )


def largest_numbers(found: Found, top: int) -> list[tuple[str, float]]:
    """The names of the numbers that mattered most, and how much; of a text only words, not what fills it up."""
    values = found.mattered.values
    order = np.argsort(-np.abs(values).ravel(), kind="stable")[:top]
    places = [place_of(one, values.shape) for one in order.tolist()]
    return [(found.named(place), float(values[place])) for place in places if values[place] or not found.mattered.words]


def largest(found: Found, top: int) -> list[str]:
    """The same, a line each."""
    shown = largest_numbers(found, top)
    width = max((len(name) for name, _ in shown), default=0)
    return [f"{name.ljust(width)}  {number(value)}" for name, value in shown]


def added_up(found: Found, top: int) -> list[str]:
    """What the others come to, and all of them together, where what mattered adds up to a difference."""
    values, without = found.mattered.values.astype(np.float64).ravel(), found.mattered.without
    if without is None:
        return []
    rest = values[np.argsort(-np.abs(values), kind="stable")[top:]]
    others = np.count_nonzero(rest)
    told = [f"{others:,} others together  {number(float(rest.sum()))}"] if others else []
    return [
        *told,
        f"all together  {number(float(values.sum()))}: the output goes from {number(without)} to "
        f"{number(found.mattered.output)}",
    ]
