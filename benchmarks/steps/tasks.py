"""What is trained: ten networks, their batches, and examples of the right shapes, the same for every library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.arrays import Numpy

SEED = 0
LEARNING_RATE = 1e-3
CHARACTERS = 65
SEQUENCE_STEPS = 50
CATEGORIES, VALUES, NUMBERS = 8, 50, 10
"""Of the table: columns of categories, values of each, columns of numbers."""


@dataclass(frozen=True)
class Task:
    """A network to be trained.

    Args:
        title: as it is told.
        batch: examples a step.
        steps: an epoch.
        goal: how many times as fast as the better PyTorch it is to be.
        examples: so many of them -> inputs and targets.
        profile: what takes the time, told where the goal is missed.
        loops: how often a loop over the steps of a sequence runs, whose work XLA counts once.
    """

    title: str
    batch: int
    steps: int
    goal: float
    examples: Callable[[int], tuple[Numpy, Numpy]]
    profile: str = ""
    loops: int = 1

    def data(self) -> tuple[Numpy, Numpy]:
        """Inputs and targets of one epoch."""
        return self.examples(self.batch * self.steps)


def _chance() -> np.random.Generator:
    return np.random.default_rng(SEED)


def _pictures(*shape: int) -> Callable[[int], tuple[Numpy, Numpy]]:
    def made(count: int) -> tuple[Numpy, Numpy]:
        chance = _chance()
        return chance.integers(0, 256, (count, *shape), np.uint8), chance.integers(0, 10, count, np.int32)

    return made


def _sequences(count: int) -> tuple[Numpy, Numpy]:
    chance = _chance()
    return chance.normal(size=(count, SEQUENCE_STEPS, 32)).astype(np.float32), chance.integers(0, 10, count, np.int32)


def _characters(count: int) -> tuple[Numpy, Numpy]:
    text = _chance().integers(0, CHARACTERS, (count, 65), np.int32)
    return text[:, :-1], text[:, 1:]


def _rows(count: int) -> tuple[Numpy, Numpy]:
    """Numbers, then codes of categories, as float32; a number to predict."""
    chance = _chance()
    numbers = chance.normal(size=(count, NUMBERS)).astype(np.float32)
    codes = chance.integers(0, VALUES, (count, CATEGORIES)).astype(np.float32)
    return np.concatenate([numbers, codes], axis=1), chance.normal(size=(count, 1)).astype(np.float32)


PROFILE_OF_MLP = (
    "half of the step are the two large products, a sixth is Adam's pass over the weights, and the rest some forty "
    "small operations, which XLA starts one by one"
)
PROFILE_OF_TABLE = (
    "half of the step was the product with the one-hot columns before it skipped their zeros; what is left is making "
    "these columns, and operations that XLA starts one by one; a lookup of rows instead of a product would change the "
    "network's first layer"
)
GREY, COLOR = _pictures(28, 28, 1), _pictures(32, 32, 3)
TASKS: dict[str, Task] = {
    "mlp": Task("784-128-10, batch 32", 32, 400, 5.0, GREY, PROFILE_OF_MLP),
    "wide_mlp": Task("784-512-512-10, batch 128", 128, 100, 1.9, GREY),
    "lenet5": Task("LeNet-5, batch 64", 64, 100, 1.8, GREY),
    "cnn": Task("small CNN with dropout, batch 128", 128, 40, 1.8, GREY),
    "resnet": Task("ResNet-20 on 32 x 32, batch 128", 128, 8, 1.05, COLOR),
    "lstm": Task("LSTM 32 -> 128, 50 steps, batch 64", 64, 40, 1.2, _sequences, loops=SEQUENCE_STEPS),
    "transformer": Task("Transformer, 4 layers of 128, 4 heads, 64 characters, batch 32", 32, 20, 1.1, _characters),
    "table": Task("table of 10 numbers and 8 categories, 128-64-1, batch 256", 256, 100, 4.0, _rows, PROFILE_OF_TABLE),
    "autoencoder": Task("autoencoder 784-256-64-256-784, batch 128", 128, 100, 1.0, GREY),
    "gan": Task("GAN of convolutions on 28 x 28, batch 64", 64, 16, 1.0, GREY),
}


def one_hot_rows(rows: Any, numbers: Any = np) -> Any:
    """Rows of the table as the network sees them: numbers, and each category as a feature for each of its values."""
    codes = rows[:, NUMBERS:, None] == numbers.arange(VALUES)
    hot = codes.astype("float32").reshape(len(rows), CATEGORIES * VALUES)
    return numbers.concatenate([rows[:, :NUMBERS], hot], axis=1)
