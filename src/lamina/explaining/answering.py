"""What mattered for the answer of a model to raw data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.errors import SettingError
from lamina.explaining.example import as_seen, one_example
from lamina.explaining.losses import number
from lamina.explaining.mattering import Mattered, gradient, integrated_gradients, occlusion
from lamina.explaining.names import example_namer
from lamina.explaining.neurons import Namer, place_of
from lamina.model.model import Model
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Prediction, Task
from lamina.tasks.classification import Classification

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
        SettingError: an unknown way, an example that x does not hold, inputs that are no numbers.

    Example:
        >>> import lamina
        >>> model = lamina.fit("iris", network="mlp", epochs=5)
        >>> what_mattered(model, [[5.1, 3.5, 1.4, 0.2]]).mattered.values.shape
        (4,)
    """
    _require_way(way)
    name, own = one_example(model, x, example)
    answer = model.answers(own[None])[0]
    seen, encoder = as_seen(model, own), model.encoder
    of, found = mattered_for(model, seen, answer, way)
    told = Found(f"{name} -> {answer}", of, found, example_namer(encoder))
    if isinstance(encoder, PictureEncoder):
        return replace(told, picture=own)
    if isinstance(encoder, SoundEncoder):
        return replace(told, spectrogram=seen[..., 0], step_seconds=encoder.step / encoder.rate_hz)
    return told


def mattered_for(model: Model, seen: Numpy, answer: Prediction, way: str) -> tuple[str, Mattered]:
    """The output that was answered, and how much each number of what the network sees mattered for it.

    Raises:
        SettingError: an unknown way, inputs that are no numbers.
    """
    _require_way(way)
    at, of = _looked_at(model.task, answer)
    return of, WAYS[way](model.network, model.params, model.state, seen, at)


def _require_way(way: str) -> None:
    if way not in WAYS:
        raise SettingError(f"what mattered is found by {', '.join(WAYS)}; got {way!r}")


def _looked_at(task: Task, answer: Prediction) -> tuple[int, str]:
    """Which of the network's outputs is looked at, and what it is called: the answered class's, or the first one."""
    if isinstance(task, Averaging):
        at, of = _looked_at(task.task, answer)
        return at, f"{of} of the first of {task.members} networks"
    if isinstance(task, Classification):
        return task.classes.index(str(answer.value)), str(answer.value)
    return 0, "0"


def largest(found: Found, top: int) -> list[str]:
    """The numbers that mattered most, a line each."""
    values = found.mattered.values
    order = np.argsort(-np.abs(values).ravel(), kind="stable")[:top]
    places = [place_of(one, values.shape) for one in order.tolist()]
    names = [found.named(place) for place in places]
    width = max(map(len, names), default=0)
    return [f"{name.ljust(width)}  {number(float(values[place]))}" for name, place in zip(names, places, strict=True)]
