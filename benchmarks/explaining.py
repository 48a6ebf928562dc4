"""How long an explanation takes, after loading: of a digit by a small network, of a photo by a ResNet-20.

    python -m benchmarks.explaining --write

Each run is a process of its own that loads a model and explains two examples, forwards and back to the new weights.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.commands import run
from benchmarks.report import table, tell, wait_until_quiet
from lamina.arrays import Numpy

GOALS = {"digits": 2.0, "resnet": 5.0}
"""Seconds of the first explanation in a process."""
TITLES = {"digits": "`lamina train digits`", "resnet": "ResNet-20, 32 x 32"}
HEADINGS = ("model", "cache", "first, s", "slowest, s", "the next one, s", "goal, s")
PICTURES = 32


def main() -> None:
    """Make both models, explain with them in processes of their own, and tell."""
    options = _options()
    if options.child:
        print(json.dumps(_explain_two(Path(options.child), options.kind)))
        return
    wait_until_quiet(options.write)
    with tempfile.TemporaryDirectory() as folder:
        rows = [line for name in GOALS for line in _rows(name, Path(folder), options.repeats)]
    tell("Time of an explanation", f"{_what(options.repeats)}\n\n{table(HEADINGS, rows)}", options.write)


def row(name: str, cache: str, times: Sequence[Sequence[float]]) -> Sequence[object]:
    """The table's line for runs that each took these seconds for the first and for the next explanation."""
    first, following = ([run[place] for run in times] for place in (0, 1))
    seconds = (statistics.median(first), max(first), statistics.median(following))
    return TITLES[name], cache, *(f"{value:.2f}" for value in seconds), f"{GOALS[name]:.0f}"


def _rows(name: str, folder: Path, repeats: int) -> list[Sequence[object]]:
    """With a cache of compiled programs that is empty, and with the one that this left behind."""
    path = folder / f"{name}.safetensors"
    model(name).save(path)
    words = [sys.executable, "-m", "benchmarks.explaining", "--child", str(path), "--kind", name]
    empty: list[list[float]] = []
    full: list[list[float]] = []
    for number in range(repeats):
        environment = {"LAMINA_CACHE": str(folder / f"{name} {number}")}
        for times in (empty, full):
            times.append(json.loads(run(words, environment).output.splitlines()[-1]))
            print(name, times[-1], flush=True)
    return [row(name, "empty", empty), row(name, "full", full)]


def model(name: str) -> Any:
    """What `lamina train digits` makes, after one epoch; or a ResNet-20 after one step."""
    import lamina

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lamina.LaminaWarning)  # neither has learnt anything
        if name == "digits":
            return lamina.fit("digits", epochs=1, seed=1)
        network = lamina.resnet((PICTURES, PICTURES, 3), 10)
        classes = np.array([str(number % 10) for number in range(64)])
        return lamina.fit((pictures(64), classes), network, epochs=1, batch_size=64, seed=1)


def pictures(count: int) -> Numpy:
    """Made-up photos."""
    return np.random.default_rng(0).integers(0, 256, (count, PICTURES, PICTURES, 3)).astype(np.uint8)


def _explain_two(path: Path, name: str) -> list[float]:
    """Wall seconds of explaining two examples with different answers, after loading."""
    import lamina

    loaded = lamina.Model.load(path)
    x: Any = lamina.read("digits").subset(np.arange(2)) if name == "digits" else pictures(2)
    seconds = []
    for example in (0, 1):
        began = time.perf_counter()
        told = str(lamina.explain(loaded, x, str(example), example=example))
        seconds.append(time.perf_counter() - began)
        assert "new weight" in told
    return seconds


def _what(repeats: int) -> str:
    return (
        "Wall seconds of `lamina.explain(model, x, y)` after the model is loaded: the forward pass, the loss, the way "
        f"back and the new weights of the neurons that are shown; the median and the slowest of {repeats} processes. "
        "The cache of compiled programs is empty, or filled by a run before; the next one is another example with "
        "another answer in the same process."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.explaining", description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3, help="how often each model explains")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--kind", choices=GOALS, help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
