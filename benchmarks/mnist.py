"""MNIST as arrays, read in the same plain way for every library."""

from __future__ import annotations

import gzip
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.commands import mnist_folder


class Mnist(NamedTuple):
    """Pictures (n, 28, 28) and classes (n,), both uint8."""

    train_pictures: NDArray[Any]
    train_classes: NDArray[Any]
    test_pictures: NDArray[Any]
    test_classes: NDArray[Any]


def load(examples: int | None = None) -> Mnist:
    """The 60,000 training pictures (or the first `examples` of them) and the 10,000 test pictures."""
    pictures, classes = _pictures("train")[:examples], _classes("train")[:examples]
    return Mnist(pictures, classes, _pictures("t10k"), _classes("t10k"))


def _pictures(part: str) -> NDArray[Any]:
    return np.frombuffer(_bytes(f"{part}-images-idx3-ubyte.gz")[16:], np.uint8).reshape(-1, 28, 28)


def _classes(part: str) -> NDArray[Any]:
    return np.frombuffer(_bytes(f"{part}-labels-idx1-ubyte.gz")[8:], np.uint8)


def _bytes(name: str) -> bytes:
    return gzip.decompress((mnist_folder() / name).read_bytes())
