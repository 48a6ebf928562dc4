"""What is tried for a kind of data: ranges of settings and of a network's size, and what a point in them is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lamina.data.encoders import Encoder
from lamina.data.number_encoder import NumberEncoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.sound_encoder import SoundEncoder
from lamina.data.table_encoder import TableEncoder
from lamina.data.text_encoder import TextEncoder
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.dense import Dense
from lamina.layers.dropout import Dropout
from lamina.model.defaults import is_rating, photo_changes
from lamina.model.preparation import Prepared
from lamina.networks import cnn, mlp, sound_cnn, text_average
from lamina.networks.texts import UNITS
from lamina.tasks.classification import Classification
from lamina.training.settings import Settings

SPREAD = 10.0
"""Learning rates are tried from the default over this to the default times this."""
BATCHES = (8, 16, 32, 64, 128, 256, 512)
WIDTHS = (16, 32, 64, 128, 256, 512)
FILTERS = (8, 16, 32, 64)
DECAYS = (0.0, 0.0001, 0.001, 0.01, 0.1)
DEEPEST = 4
SMALLEST_SIDE = 2
"""Pictures are halved while this much is left of their shorter side."""

DEFAULT = "default"
"""The design that is taken where nothing is said, where it is none of those that are searched."""

Point = Mapping[str, Any]
"""Name of a dimension -> its value."""


@dataclass(frozen=True)
class Range:
    """Numbers from low to high: whole ones, by their logarithm, or each a step from the next."""

    low: float
    high: float
    whole: bool = False
    logarithmic: bool = False
    step: float | None = None


@dataclass(frozen=True)
class Choice:
    """One of a few values."""

    values: tuple[Any, ...]


DROPOUT = Range(0.0, 0.6, step=0.05)


@dataclass(frozen=True)
class Space:
    """What is tried.

    Args:
        dimensions: by name.
        start: the default, as a point: it is tried first.
        network: a point -> layers; None keeps the network.
    """

    dimensions: Mapping[str, Range | Choice]
    start: Point
    network: Callable[[Point], Layer] | None = None

    def at(self, prepared: Prepared, point: Point) -> Prepared:
        """The same data and parts with the network and the settings of a point."""
        settings = {name: value for name, value in point.items() if name in Settings.__dataclass_fields__}
        if settings.get("weight_decay") and prepared.settings.optimizer == "adam":
            settings["optimizer"] = "adamw"
        network = prepared.network if self.network is None else self.network(point)
        return replace(prepared, network=network, settings=replace(prepared.settings, **settings))


def space_for(prepared: Prepared, own_network: bool) -> Space:
    """What is tried for this data.

    Args:
        prepared: with the network and the settings that are the default, or the user's.
        own_network: whether the user chose the network, which then stays as it is.
    """
    dimensions, start = _settings_of(prepared)
    shape = None if own_network else SHAPES.get(type(prepared.encoder))
    found = None if shape is None else shape(prepared)
    if found is None or found.network is None:
        return Space(dimensions, start)
    dimensions, start, searched = {**dimensions, **found.dimensions}, {**start, **found.start}, found.network
    if searched(start) == prepared.network:
        return Space(dimensions, start, searched)
    designs = {**dimensions, "design": Choice((DEFAULT, "searched"))}
    return Space(
        designs, {**start, "design": DEFAULT}, lambda at: prepared.network if at["design"] == DEFAULT else searched(at)
    )


def _settings_of(prepared: Prepared) -> tuple[dict[str, Range | Choice], dict[str, Any]]:
    """The dimensions of the training, which every network has."""
    settings, rows = prepared.settings, len(prepared.split.train)
    batches = {settings.batch_size, *(size for size in BATCHES if size <= max(BATCHES[0], rows // 4))}
    dimensions: dict[str, Range | Choice] = {
        "learning_rate": Range(settings.rate / SPREAD, settings.rate * SPREAD, logarithmic=True),
        "batch_size": Choice(tuple(sorted(batches))),
    }
    start: dict[str, Any] = {"learning_rate": settings.rate, "batch_size": settings.batch_size}
    if settings.optimizer in ("adam", "adamw"):
        dimensions["weight_decay"] = Choice(tuple(sorted({settings.weight_decay, *DECAYS})))
        start["weight_decay"] = settings.weight_decay
    return dimensions, start


def _rows_of_numbers(prepared: Prepared) -> Space | None:
    """Width and depth of dense layers, as many neurons in each."""
    encoder = prepared.encoder
    if isinstance(encoder, TableEncoder) and (encoder.texts or encoder.pictures or is_rating(encoder)):
        return None
    dense = [layer for layer in layers_of(prepared.network) if isinstance(layer, Dense)][:-1]
    if not dense:
        return None
    dimensions: dict[str, Range | Choice] = {
        "width": Choice(tuple(sorted({dense[0].units, *WIDTHS}))),
        "depth": Range(1, DEEPEST, whole=True),
        "dropout": DROPOUT,
    }
    start = {"width": dense[0].units, "depth": len(dense), "dropout": dropout_of(prepared.network)}
    outputs = prepared.task.outputs
    return Space(dimensions, start, lambda at: mlp(outputs, (at["width"],) * at["depth"], dropout=at["dropout"]))


def _pictures(prepared: Prepared) -> Space:
    """Filters and depth of convolutions, and how pictures are varied while training."""
    encoder, shape, outputs = prepared.encoder, prepared.encoder.input_shape, prepared.task.outputs
    side = min(shape[:2])
    stages = max(1, min(DEEPEST, int(math.log2(side / SMALLEST_SIDE))))
    dimensions: dict[str, Range | Choice] = {
        "filters": Choice(FILTERS),
        "stages": Range(1, stages, whole=True),
        "dropout": DROPOUT,
        "normalized": Choice((False, True)),
        "shift": Range(0, max(1, side // 8), whole=True),
    }
    settings = prepared.settings
    start: dict[str, Any] = {
        "filters": 32, "stages": min(2, stages), "dropout": 0.3, "normalized": False,
        "shift": min(settings.shift, max(1, side // 8)),
    }  # fmt: skip
    if isinstance(encoder, PictureEncoder) and photo_changes(encoder) and isinstance(prepared.task, Classification):
        dimensions["flip"], start["flip"] = Choice((False, True)), settings.flip

    def network(at: Point) -> Layer:
        filters = tuple(at["filters"] * 2**stage for stage in range(at["stages"]))
        return cnn(shape, outputs, filters, dropout=at["dropout"], normalized=at["normalized"])

    return Space(dimensions, start, network)


def _sounds(prepared: Prepared) -> Space:
    """Filters and depth of convolutions on spectrograms."""
    shape, outputs = prepared.encoder.input_shape, prepared.task.outputs
    dimensions: dict[str, Range | Choice] = {
        "filters": Choice(FILTERS),
        "stages": Range(1, 3, whole=True),
        "dropout": DROPOUT,
        "vary": Choice((False, True)),
    }
    start = {"filters": 16, "stages": 3, "dropout": 0.3, "vary": True}

    def network(at: Point) -> Layer:
        filters = tuple(at["filters"] * 2**stage for stage in range(at["stages"]))
        return sound_cnn(shape, outputs, filters, dropout=at["dropout"], vary=at["vary"])

    return Space(dimensions, start, network)


def _texts(prepared: Prepared) -> Space | None:
    """Numbers a word, and a layer behind their mean."""
    encoder, outputs = prepared.encoder, prepared.task.outputs
    if not isinstance(encoder, TextEncoder):
        return None
    entries = encoder.tokenizer.entries
    dimensions: dict[str, Range | Choice] = {
        "width": Choice(WIDTHS), "hidden": Choice((0, 32, 128)), "dropout": DROPOUT,
    }  # fmt: skip
    start = {"width": UNITS, "hidden": 0, "dropout": 0.5}

    def network(at: Point) -> Layer:
        hidden = (at["hidden"],) if at["hidden"] else ()
        return text_average(entries, outputs, at["width"], hidden, at["dropout"])

    return Space(dimensions, start, network)


def layers_of(network: Layer) -> tuple[Layer, ...]:
    """The layers of a chain, or the one."""
    return tuple(network.layers) if isinstance(network, Sequential) else (network,)


def dropout_of(network: Layer) -> float:
    """The rate of its first Dropout; 0 without one."""
    return next((layer.rate for layer in layers_of(network) if isinstance(layer, Dropout)), 0.0)


SHAPES: dict[type[Encoder], Callable[[Prepared], Space | None]] = {
    NumberEncoder: _rows_of_numbers,
    TableEncoder: _rows_of_numbers,
    PictureEncoder: _pictures,
    SoundEncoder: _sounds,
    TextEncoder: _texts,
}
"""Kind of encoder -> the dimensions of its networks; other kinds keep their default network."""
