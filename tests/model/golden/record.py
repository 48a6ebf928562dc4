"""Writes the model files of the present format version: python -m tests.model.golden.record

A file is written once, when its version is new, and never again: that it stays readable is the promise.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import lamina
from lamina import BatchNorm, Conv2D, Dense, Flatten, MaxPool2D, Model, Sequential
from lamina.model.container import FORMAT_VERSION
from tests import trained

HERE = Path(__file__).resolve().parent


def models() -> dict[str, Model]:
    """A model of pictures and one of rows, small."""
    pictures = Sequential(Conv2D(2, 3), BatchNorm(), lamina.Activation("relu"), MaxPool2D(2), Flatten(), Dense(10))
    rows = Sequential(Dense(4, "tanh"), Dense(1))
    return {
        "pictures": trained.quietly("digits", pictures, epochs=2, learning_rate=0.02, seed=1),
        "rows": trained.quietly("diabetes", rows, epochs=20, learning_rate=0.02, seed=1),
    }


def asked(name: str) -> Any:
    """What the models are asked: inputs of the trained size, which arithmetic on every machine makes the same."""
    if name == "rows":
        return [[float(row + column) / 7 for column in range(10)] for row in range(4)]
    numbers = np.arange(4 * 8 * 8).reshape(4, 8, 8, 1)
    return (numbers * numbers % 251).astype(np.uint8)


def main() -> None:
    """Write the files that are not there yet, and the answers that they give."""
    for name, model in models().items():
        path = HERE / f"version-{FORMAT_VERSION}-{name}.safetensors"
        if not path.exists():
            model.save(path)
            answers = [[one.value, *one.probabilities.values()] for one in model.predict(asked(name))]
            path.with_suffix(".json").write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
