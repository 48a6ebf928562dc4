"""Keras on JAX: `model.fit` with arrays, compiled steps, accuracy among its metrics."""

from __future__ import annotations

import os
import time
from typing import Any

from benchmarks.peers.job import LEARNING_RATE, Job, Outcome, finish, start


def keras_epoch_times(job: Job) -> Outcome:
    """Train with Keras."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    from benchmarks import mnist

    keras.utils.set_random_seed(job.seed)
    data = mnist.load(job.examples)
    network = _network(job.network)
    network.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=True,
    )
    moments: list[float] = []
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: moments.append(time.perf_counter()))
    x, y = _scaled(data.train_pictures), data.train_classes.astype("int32")
    began = time.perf_counter()
    history = network.fit(x, y, batch_size=job.batch_size, epochs=job.epochs, verbose=0, callbacks=[clock])
    seconds = [after - before for before, after in zip([began, *moments], moments, strict=False)]
    _, accuracy = network.evaluate(
        _scaled(data.test_pictures), data.test_classes.astype("int32"), batch_size=1000, verbose=0
    )
    return Outcome(seconds, float(history.history["loss"][-1]), 1 - float(accuracy))


def _scaled(pictures: Any) -> Any:
    return pictures[..., None].astype("float32") / 255


def _network(name: str) -> Any:
    from keras import Input, Sequential, layers

    if name == "784-128-10":
        return Sequential([Input((28, 28, 1)), layers.Flatten(), layers.Dense(128, "relu"), layers.Dense(10)])
    return Sequential([
        Input((28, 28, 1)),
        layers.Conv2D(6, 5, padding="same", activation="tanh"), layers.AveragePooling2D(2),
        layers.Conv2D(16, 5, activation="tanh"), layers.AveragePooling2D(2), layers.Flatten(),
        layers.Dense(120, "tanh"), layers.Dense(84, "tanh"), layers.Dense(10),
    ])  # fmt: skip


if __name__ == "__main__":
    finish(keras_epoch_times(start()))
