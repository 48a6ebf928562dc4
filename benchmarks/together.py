"""Sixteen networks trained at once, beside one alone and sixteen one after another.

python -m benchmarks.together --write
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.report import table, tell, wait_until_quiet
from lamina.arrays import Numpy
from lamina.layers.base import Layer
from lamina.networks import mlp
from lamina.training.loop import Trainer, train
from lamina.training.outputs import to_device
from lamina.training.settings import Settings
from lamina.training.step import Data, Objective
from lamina.training.together import Together, go_together, side_by_side

RUNS = 16
HEADINGS = (
    "network",
    "one, ms an epoch",
    "16 at once",
    "16 one after another",
    "at once / one",
    "after another / at once",
)


def main() -> None:
    """Time both ways in turn, and tell."""
    options = _options()
    wait_until_quiet(options.write)
    rows = [_row(task, options.rounds) for task in _tasks()]
    tell("Many networks at once", f"{_what(options.rounds)}\n\n{table(HEADINGS, rows)}", options.write)


@dataclass(frozen=True)
class Task:
    """A network, its examples, and how many epochs are timed."""

    title: str
    network: Layer
    data: Data
    epochs: int


def _tasks() -> list[Task]:
    chance = np.random.default_rng(0)
    points, pictures = chance.normal(size=(1_000, 2)), chance.random((12_800, 784))
    signs, classes = points.prod(axis=1) > 0, chance.integers(0, 10, 12_800)
    return [
        Task("2-8-8-1, 1,000 examples", mlp(1, (8, 8), "tanh"), _data(points, signs), 300),
        Task("784-128-10, 12,800 examples", mlp(10, (128,)), _data(pictures, classes), 6),
    ]


def _data(inputs: Numpy, targets: Numpy) -> Data:
    return Data(*map(to_device, (inputs, targets.astype(np.int32), np.ones(len(inputs)))))


def _loss(outputs: Any, targets: Any) -> Any:
    """Cross-entropy, of one logit or of several."""
    import jax
    import jax.numpy as jnp

    if outputs.shape[-1] == 1:
        return jax.nn.softplus(jnp.where(targets > 0, -outputs[:, 0], outputs[:, 0]))
    return -jnp.take_along_axis(jax.nn.log_softmax(outputs), targets[:, None], axis=1)[:, 0]


def _row(task: Task, rounds: int) -> Sequence[object]:
    """Medians over the rounds, in which all ways take turns, after one that is not counted."""
    ways = _ways(task)
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(rounds + 1):
        for way, go in ways.items():
            began = time.perf_counter()
            go()
            seconds[way].append((time.perf_counter() - began) / task.epochs)
            print(f"{task.title}, round {number}, {way}: {1e3 * seconds[way][-1]:.1f} ms an epoch", flush=True)
    one, many, others = (statistics.median(seconds[way][1:]) for way in ways)
    shown = [f"{1e3 * value:.1f}" for value in (one, many, others)]
    return task.title, *shown, f"{many / one:.1f}", f"{others / many:.2f}"


def _ways(task: Task) -> dict[str, Callable[[], object]]:
    """To train one run and all of them, with everything compiled once."""
    runs = [Settings(epochs=task.epochs, batch_size=32, seed=seed) for seed in range(RUNS)]
    first = Trainer(task.network, Objective(_loss), runs[0], task.data)
    first.compile(first.start())
    program, together = Together(first, runs), go_together(task.network, first.seen_shape)
    return {
        "one": lambda: list(train(first)),
        "at once": program.train if together else lambda: side_by_side(first, runs),
        "one after another": lambda: [list(train(first.sibling(own))) for own in runs],
    }


def _what(rounds: int) -> str:
    return (
        "Wall milliseconds of an epoch of training at batch 32 (shuffling, gathering and the sum of the loss "
        f"included), the median of {rounds} rounds. At once: {RUNS} networks with seeds of their own, as "
        "`train_together` trains them: the small ones in one program, the larger ones side by side, one a core; one "
        f"after another: by {RUNS} trainers that share one compiled program. Goals: for 2-8-8-1 at most 4 times the "
        "time of one, for 784-128-10 faster than one after another."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.together", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often all ways take turns")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
