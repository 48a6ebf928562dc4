"""What is taken where the user decides nothing: a network and settings by the kind and the amount of data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lamina.data.encoders import Encoder
from lamina.errors import SettingError
from lamina.layers.base import Layer
from lamina.networks import cnn, mlp
from lamina.recipes import field_types
from lamina.tasks.base import Task
from lamina.training.schedules import schedule_by_name
from lamina.training.settings import Settings


def choose_network(encoder: Encoder, task: Task, examples: int) -> Layer:
    """Pictures get a convolutional network, rows of numbers a multi-layer perceptron."""
    shape = encoder.input_shape
    if len(shape) == 3:
        return cnn(shape, task.outputs)
    return mlp(task.outputs, (64, 64), dropout=0.1 if examples > 500 else 0.0)


def choose_settings(encoder: Encoder, task: Task, examples: int, chosen: Mapping[str, Any]) -> Settings:
    """The user's settings, and for the rest what suits the kind and the amount of data."""
    unknown = sorted(chosen.keys() - field_types(Settings).keys())
    if unknown:
        raise SettingError(f"unknown settings {', '.join(unknown)}; there are {', '.join(field_types(Settings))}")
    defaults: dict[str, Any] = {}
    if len(encoder.input_shape) == 3:
        defaults = {"batch_size": 32, "epochs": 60} if examples < 10_000 else {"batch_size": 128, "epochs": 12}
    else:
        defaults = {"batch_size": 32, "epochs": 100} if examples < 10_000 else {"batch_size": 256, "epochs": 30}
    settings = {**defaults, **chosen}
    if isinstance(settings.get("schedule"), str):
        settings["schedule"] = schedule_by_name(settings["schedule"])
    return Settings(**settings)
