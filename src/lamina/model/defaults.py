"""What is taken where the user decides nothing: a network and settings by the kind and the amount of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lamina.data.encoders import Encoder
from lamina.data.number_encoder import NumberEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.text_encoder import TextEncoder
from lamina.errors import SettingError
from lamina.layers.base import Layer
from lamina.networks import cnn, mlp, network_by_name, text_average, text_network_by_name
from lamina.recipes import field_types
from lamina.tasks.base import Task
from lamina.training.schedules import schedule_by_name
from lamina.training.settings import Settings


@dataclass(frozen=True)
class Defaults:
    """The defaults for one kind of encoder.

    Args:
        network: (encoder, task, number of training examples) -> layers.
        settings: (encoder, task, number of training examples) -> settings by name.
    """

    network: Callable[[Any, Task, int], Layer]
    settings: Callable[[Any, Task, int], Mapping[str, Any]]


def choose_network(encoder: Encoder, task: Task, examples: int) -> Layer:
    """The default network for this kind and amount of data."""
    return DEFAULTS[type(encoder)].network(encoder, task, examples)


def named_network(name: str, encoder: Encoder, task: Task) -> Layer:
    """The design of this name for this kind of data."""
    if isinstance(encoder, TextEncoder):
        return text_network_by_name(name, encoder.tokenizer.entries, encoder.length, task.outputs)
    return network_by_name(name, encoder.input_shape, task.outputs)


def choose_settings(encoder: Encoder, task: Task, examples: int, chosen: Mapping[str, Any]) -> Settings:
    """The user's settings, and for the rest what suits the kind and the amount of data."""
    unknown = sorted(chosen.keys() - field_types(Settings).keys())
    if unknown:
        raise SettingError(f"unknown settings {', '.join(unknown)}; there are {', '.join(field_types(Settings))}")
    settings = {**DEFAULTS[type(encoder)].settings(encoder, task, examples), **chosen}
    if isinstance(settings.get("schedule"), str):
        settings["schedule"] = schedule_by_name(settings["schedule"])
    return Settings(**settings)


def _number_network(encoder: NumberEncoder, task: Task, examples: int) -> Layer:
    return mlp(task.outputs, (64, 64), dropout=0.1 if examples > 500 else 0.0)


def _number_settings(encoder: NumberEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    return {"batch_size": 32, "epochs": 100} if examples < 10_000 else {"batch_size": 256, "epochs": 30}


def _picture_network(encoder: PictureEncoder, task: Task, examples: int) -> Layer:
    return cnn(encoder.input_shape, task.outputs)


def _picture_settings(encoder: PictureEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    return {"batch_size": 32, "epochs": 60} if examples < 10_000 else {"batch_size": 128, "epochs": 12}


def _text_network(encoder: TextEncoder, task: Task, examples: int) -> Layer:
    return text_average(encoder.tokenizer.entries, task.outputs)


def _text_settings(encoder: TextEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    if examples < 10_000:
        return {"batch_size": 32, "epochs": 20, "learning_rate": 0.01}
    return {"batch_size": 128, "epochs": 10, "learning_rate": 0.01}


DEFAULTS: dict[type[Encoder], Defaults] = {
    NumberEncoder: Defaults(_number_network, _number_settings),
    PictureEncoder: Defaults(_picture_network, _picture_settings),
    TextEncoder: Defaults(_text_network, _text_settings),
}
"""Kind of encoder -> its defaults."""
