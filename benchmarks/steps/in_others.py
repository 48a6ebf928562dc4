"""Keras on JAX (`fit` with arrays, compiled steps) and scikit-learn's MLP, where they can."""

from __future__ import annotations

import os
import time
from typing import Any

import numpy as np

from benchmarks.steps.tasks import LEARNING_RATE, TASKS, one_hot_rows

KERAS = ("mlp", "wide_mlp", "lenet5", "cnn", "lstm", "table", "autoencoder")
SCIKIT_LEARN = {"mlp": (128,), "wide_mlp": (512, 512), "table": (128, 64)}


def keras_epoch_seconds(name: str, epochs: int) -> list[float]:
    """The wall seconds of every epoch; the first includes compiling."""
    os.environ["KERAS_BACKEND"] = "jax"
    import keras

    x, y = _arrays(name)
    moments: list[float] = []
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: moments.append(time.perf_counter()))
    network = keras_network(name, x.shape[1:])
    classes = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    loss = "mse" if name in ("table", "autoencoder") else classes
    network.compile(optimizer=keras.optimizers.Adam(LEARNING_RATE), loss=loss, jit_compile=True)
    began = time.perf_counter()
    network.fit(x, y, batch_size=TASKS[name].batch, epochs=epochs, verbose=0, callbacks=[clock])
    return [after - before for before, after in zip([began, *moments], moments, strict=False)]


def scikit_learn_epoch_seconds(name: str, epochs: int) -> list[float]:
    """The wall seconds of every epoch of `partial_fit`."""
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    x, y = _arrays(name)
    kind = MLPRegressor if name == "table" else MLPClassifier
    learner = kind(
        hidden_layer_sizes=SCIKIT_LEARN[name], batch_size=TASKS[name].batch, alpha=0.0, learning_rate_init=LEARNING_RATE
    )
    options = {} if name == "table" else {"classes": np.arange(10)}
    seconds = []
    for _ in range(epochs):
        began = time.perf_counter()
        learner.partial_fit(x.reshape(len(x), -1), y.ravel(), **options)
        seconds.append(time.perf_counter() - began)
    return seconds


def _arrays(name: str) -> tuple[Any, Any]:
    x, y = TASKS[name].data()
    if name == "table":
        return one_hot_rows(x), y
    x = x.astype(np.float32) / (255 if x.dtype == np.uint8 else 1)
    return x, x.reshape(len(x), -1) if name == "autoencoder" else y


def keras_network(name: str, shape: tuple[int, ...]) -> Any:
    from keras import Input, Sequential, layers

    dense = {"mlp": (128, 10), "wide_mlp": (512, 512, 10), "table": (128, 64, 1), "autoencoder": (256, 64, 256, 784)}
    if name in dense:
        *hidden, last = dense[name]
        return Sequential(
            [Input(shape), layers.Flatten(), *(layers.Dense(n, "relu") for n in hidden), layers.Dense(last)]
        )
    if name == "lstm":
        return Sequential([Input(shape), layers.LSTM(128), layers.Dense(10)])
    if name == "lenet5":
        return Sequential([
            Input(shape),
            layers.Conv2D(6, 5, padding="same", activation="tanh"), layers.AveragePooling2D(2),
            layers.Conv2D(16, 5, activation="tanh"), layers.AveragePooling2D(2), layers.Flatten(),
            layers.Dense(120, "tanh"), layers.Dense(84, "tanh"), layers.Dense(10),
        ])  # fmt: skip
    return Sequential([
        Input(shape),
        layers.Conv2D(32, 3, activation="relu"), layers.MaxPooling2D(2),
        layers.Conv2D(64, 3, activation="relu"), layers.MaxPooling2D(2), layers.Flatten(),
        layers.Dropout(0.5), layers.Dense(10),
    ])  # fmt: skip
