"""Lamina's step: the trainer behind `lamina train`, shuffling, gathering and the sum of the loss included."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks.steps.tasks import CHARACTERS, LEARNING_RATE, TASKS, one_hot_rows
from lamina.arrays import Numpy
from lamina.layers.base import Layer


def epoch_seconds(name: str, epochs: int) -> list[float]:
    """The wall seconds of every epoch; the first includes compiling."""
    return timed(trainer_of(name, epochs))


def timed(trainer: Any) -> list[float]:
    """The wall seconds of every epoch of a trainer."""
    progress, seconds = trainer.start(), []
    while not trainer.finished(progress):
        began, done = time.perf_counter(), progress.epochs_done
        while progress.epochs_done == done:
            progress = trainer.advance(progress)
        seconds.append(time.perf_counter() - began)
    return seconds


def trainer_of(name: str, epochs: int) -> Any:
    """A trainer for the task."""
    import numpy as np

    from lamina.training.loop import Trainer
    from lamina.training.outputs import to_device
    from lamina.training.schedules import Constant
    from lamina.training.settings import Settings
    from lamina.training.step import Data, Objective

    x, y = TASKS[name].data()
    settings = Settings(epochs, TASKS[name].batch, "adam", LEARNING_RATE, Constant())
    data = Data(*map(to_device, (x, targets(name, x, y), np.ones(len(x), np.float32))))
    return Trainer(network(name), Objective(loss(name), {}, prepare(name)), settings, data, chunk_seconds=60.0)


def network(name: str) -> Layer:
    """The task's network."""
    import lamina as la
    from lamina import Sequential
    from lamina.networks import lenet5, mlp, resnet

    if name == "transformer":
        blocks = [la.TransformerBlock(4, 512, causal=True) for _ in range(4)]
        places = la.PositionalEmbedding(64)
        return Sequential(la.Embedding(CHARACTERS, 128), places, *blocks, la.LayerNorm(), la.Dense(CHARACTERS))
    designs: dict[str, Callable[[], Layer]] = {
        "mlp": lambda: mlp(10, (128,)),
        "wide_mlp": lambda: mlp(10, (512, 512)),
        "lenet5": lambda: lenet5(10),
        "cnn": lambda: Sequential(
            la.Conv2D(32, 3, "relu"), la.MaxPool2D(2), la.Conv2D(64, 3, "relu"), la.MaxPool2D(2), la.Flatten(),
            la.Dropout(0.5), la.Dense(10),
        ),
        "resnet": lambda: resnet((32, 32, 3), 10),
        "lstm": lambda: Sequential(la.LSTM(128), la.Dense(10)),
        "table": lambda: Sequential(la.Dense(128, "relu"), la.Dense(64, "relu"), la.Dense(1)),
        "autoencoder": lambda: Sequential(
            la.Flatten(), la.Dense(256, "relu"), la.Dense(64, "relu"), la.Dense(256, "relu"), la.Dense(784)
        ),
        "gan": lambda: la.gan((28, 28, 1)),
    }  # fmt: skip
    return designs[name]()


def targets(name: str, x: Numpy, y: Numpy) -> Numpy:
    """What the outputs are compared with."""
    return x.reshape(len(x), -1).astype("float32") / 255 if name == "autoencoder" else y


def prepare(name: str) -> Any:
    """What is done to raw inputs on the device."""
    import jax.numpy as jnp

    if name == "table":
        return lambda rows: one_hot_rows(rows, jnp)
    if name in ("lstm", "transformer"):
        return lambda x: x
    return lambda pictures: pictures.astype("float32") / 255


def loss(name: str) -> Any:
    """One number an example."""
    import jax.numpy as jnp

    from lamina.training.losses import log_probability

    def cross_entropy(outputs: Any, classes: Any) -> Any:
        return -log_probability(outputs, classes).reshape(len(outputs), -1).mean(axis=1)

    if name == "gan":
        return lambda terms, _: terms[:, 0] + terms[:, 1]
    if name in ("table", "autoencoder"):
        return lambda outputs, wanted: jnp.square(outputs - wanted).mean(axis=1)
    return cross_entropy
