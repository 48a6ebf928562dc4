"""Small trained models that many tests look at; each is trained once a session."""

from __future__ import annotations

import functools
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas

import lamina
from lamina import BatchNorm, Conv2D, Dense, Flatten, MaxPool2D, Model, Sequential, Sound
from lamina.errors import LaminaWarning
from tests.data.makers import passengers, write_picture_table


@functools.cache
def digits() -> Model:
    """Pictures, with convolution and pooling."""
    network = Sequential(Conv2D(4, 3, "relu"), MaxPool2D(2), Flatten(), Dense(10))
    return lamina.fit("digits", network, epochs=3, learning_rate=0.01, seed=1)


@functools.cache
def normalized() -> Model:
    """Pictures, with batch normalization: the file holds state too."""
    network = Sequential(Flatten(), Dense(16), BatchNorm(), lamina.Activation("relu"), Dense(10))
    return lamina.fit("digits", network, epochs=2, learning_rate=0.01, seed=1)


@functools.cache
def iris() -> Model:
    """Rows of numbers, classes."""
    return lamina.fit("iris", "mlp", epochs=20, seed=1)


@functools.cache
def diabetes() -> Model:
    """Rows of numbers, a number as the answer."""
    return quietly("diabetes", Sequential(Dense(8, "tanh"), Dense(1)), epochs=30, learning_rate=0.02, seed=1)


@functools.cache
def several() -> Model:
    """Several networks as one."""
    return quietly("diabetes", Sequential(Dense(8, "tanh"), Dense(1)), epochs=30, learning_rate=0.02, seed=1, seeds=3)


@functools.cache
def groups() -> Model:
    """No targets: groups in the code of an autoencoder."""
    return quietly("iris", lamina.autoencoder((4,), 2, (16,)), epochs=30, seed=1, task="clustering", groups=3)


@functools.cache
def sounds() -> Model:
    """Sounds: low and high tones, and noise."""
    return lamina.fit((made_sounds(60), ["low", "high", "noise"] * 20), sound_network(), epochs=8, seed=1)


def made_sounds(count: int, rate_hz: int = 2_000) -> list[Sound]:
    """Low tones, high tones and noise by turns, each of another length."""
    chance, made = np.random.default_rng(0), []
    for number in range(count):
        time = np.arange(round(chance.uniform(0.15, 0.3) * rate_hz)) / rate_hz
        pitch = (chance.uniform(80, 150), chance.uniform(400, 700), 0)[number % 3]
        samples = np.sin(2 * np.pi * pitch * time) if pitch else chance.uniform(-1, 1, len(time))
        made.append(Sound(0.5 * samples.astype(np.float32)[:, None], rate_hz))
    return made


def sound_network() -> Sequential:
    """For three classes of made_sounds."""
    network = [Conv2D(4, 3, "relu", padding="same"), MaxPool2D(2), lamina.GlobalAveragePool2D(), Dense(3)]
    return Sequential(lamina.VarySpectrogram((1, 1), 0.2, (2, 4)), *network)


@functools.cache
def table() -> Model:
    """A table with a column of every kind: numbers, categories, dates, texts."""
    rows = passengers()
    frame = pandas.DataFrame({name: [row[name] or None for row in rows] for name in rows[0]})
    return quietly(frame, Sequential(Dense(16, "tanh"), Dense(2)), target="Survived", epochs=10, seed=1)


@functools.cache
def targets() -> Model:
    """A table with two targets, a class and a number, and two networks as one."""
    chance = np.random.default_rng(0)
    size = chance.normal(5, 2, 120)
    frame = pandas.DataFrame({"size": size, "wide": size > 5, "price": 3 * size + chance.normal(0, 0.5, 120)})
    frame["kind"] = np.where(frame["wide"], "large", "small")
    frame.loc[::10, "price"] = np.nan
    frame.loc[5::10, "kind"] = None
    chosen = {"target": "kind,price", "kinds": {"wide": "drop"}, "epochs": 20, "learning_rate": 0.01, "seed": 1}
    return quietly(frame, Sequential(Dense(8, "tanh"), Dense(3)), seeds=2, **chosen)


@functools.cache
def pictured() -> Model:
    """A table with a column of pictures beside a number."""
    with tempfile.TemporaryDirectory() as folder:
        table = write_picture_table(Path(folder))
        plain = Sequential(lamina.Slice(0, 1), Dense(4, "tanh"))
        shown = Sequential(lamina.Slice(1, 65), lamina.Reshape((8, 8, 1)), Conv2D(2, 3, "tanh"), Flatten())
        network = Sequential(lamina.Parallel(plain, shown), Dense(10))
        return quietly(table, network, target="digit", task="classification", epochs=5, learning_rate=0.01, seed=1)


def quietly(source: Any, network: Any = None, **options: Any) -> Model:
    """`fit` without the warning that a short run may get."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LaminaWarning)
        return lamina.fit(source, network, **options)


MODELS = {
    "digits": digits,
    "normalized": normalized,
    "iris": iris,
    "diabetes": diabetes,
    "several": several,
    "sounds": sounds,
}
"""Every model by a name; called, so that only those are trained that are asked for."""
MODELS_AND_TABLES = {**MODELS, "table": table, "targets": targets, "pictured": pictured}
