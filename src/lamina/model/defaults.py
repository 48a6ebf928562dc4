"""What is taken where the user decides nothing: a network and settings by the kind and the amount of data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lamina.data.encoders import Encoder
from lamina.data.number_encoder import NumberEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.table_encoder import TableEncoder
from lamina.errors import SettingError
from lamina.layers.base import Layer
from lamina.networks import cnn, forecaster, mlp
from lamina.recipes import field_types
from lamina.tasks.base import Task
from lamina.tasks.classification import Classification
from lamina.training.schedules import schedule_by_name
from lamina.training.settings import Settings

FEW = 500
MANY = 10_000
"""From so many training examples on, networks are larger and epochs fewer."""


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
    return {"batch_size": 32, "epochs": 100} if examples < MANY else {"batch_size": 256, "epochs": 30}


def _picture_network(encoder: PictureEncoder, task: Task, examples: int) -> Layer:
    return cnn(encoder.input_shape, task.outputs)


def _picture_settings(encoder: PictureEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    return {"batch_size": 32, "epochs": 60} if examples < MANY else {"batch_size": 128, "epochs": 12}


def _table_network(encoder: TableEncoder, task: Task, examples: int) -> Layer:
    if examples < MANY:
        return mlp(task.outputs, (128, 128), dropout=0.2 if examples > 500 else 0.3)
    return mlp(task.outputs, (256, 256), dropout=0.1 if isinstance(task, Classification) else 0.0)


def _table_settings(encoder: TableEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    decay = {"optimizer": "adamw", "weight_decay": 0.01}
    if examples < MANY:
        return {**decay, "batch_size": 32, "epochs": 100, "learning_rate": 0.001}
    return {**decay, "batch_size": 256, "epochs": 30, "learning_rate": 0.003}


def _series_network(encoder: SeriesEncoder, task: Task, examples: int) -> Layer:
    hidden = 16 if examples < FEW else 32 if examples < MANY else 64
    return forecaster(
        task.outputs, targets=encoder.targets, season=encoder.season, hidden=hidden, dropout=0.5,
        centered=encoder.targets if encoder.trends else 0,
    )  # fmt: skip


def _series_settings(encoder: SeriesEncoder, task: Task, examples: int) -> Mapping[str, Any]:
    decay = {"optimizer": "adamw", "weight_decay": 0.1, "learning_rate": 0.003}
    if examples < MANY:
        return {**decay, "batch_size": 32, "epochs": 150 if examples < FEW else 30}
    return {**decay, "batch_size": 256, "epochs": 20}


DEFAULTS: dict[type[Encoder], Defaults] = {
    NumberEncoder: Defaults(_number_network, _number_settings),
    SeriesEncoder: Defaults(_series_network, _series_settings),
    TableEncoder: Defaults(_table_network, _table_settings),
    PictureEncoder: Defaults(_picture_network, _picture_settings),
}
"""Kind of encoder -> its defaults."""
