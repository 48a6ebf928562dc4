"""What an experiment gives: a section of RESULTS.md."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import lamina
from benchmarks.commands import data_set
from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.model.run import Run
from lamina.training.outputs import to_device

TOLD_AFTER_SECONDS = 10.0


@dataclass(frozen=True)
class Section:
    """A title, what was measured in words, and a table."""

    title: str
    what: str
    headings: Sequence[str]
    rows: Sequence[Sequence[object]]


def finished(source: Any, network: Any = None, **options: Any) -> Run:
    """A run at its end, with a line for each epoch that took long."""
    run, began = lamina.train(source, network, **options), time.perf_counter()
    for epoch in run:
        if time.perf_counter() - began > TOLD_AFTER_SECONDS:
            print(epoch, flush=True)
            began = time.perf_counter()
    return run


def mnist() -> Path:
    """The folder of MNIST."""
    return data_set("mnist")


def pixels_of(dataset: Dataset) -> Numpy:
    """The pixels of each picture in a row, from 0 to 1."""
    inputs: Any = dataset.inputs
    return np.asarray(inputs.pixels.reshape(len(dataset), -1), np.float32) / 255


def seen_by_network(run: Run) -> Numpy:
    """Each example as the network sees it, in a row."""
    inputs = run.prepared.inputs
    return np.asarray(run.prepared.encoder.on_device(to_device(inputs[:]))).reshape(len(inputs), -1)


def percent(share: float) -> str:
    """A share of one as a percentage."""
    return f"{100 * share:.2f} %"
