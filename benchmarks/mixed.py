"""Pictures beside columns: does a network that sees both beat those that see one of them?

A table of MNIST digits: each row names a picture and says, not always rightly, whether the digit is odd and in which
of four ranges it lies, with a number that is near it. Three networks learn the digit: from the picture alone, from the
columns alone, and from both.

python -m benchmarks.mixed
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas
from PIL import Image

import lamina
from benchmarks import mnist
from benchmarks.report import table, tell, wait_until_quiet

PARITY_RIGHT, RANGE_RIGHT, SPREAD = 0.85, 0.8, 2.0
"""How often parity and range are told rightly, and the deviation of the number from the digit."""
HEADINGS = ("learnt from", "seeds", "error", "best", "worst", "mean s")
KINDS: dict[str, dict[str, str]] = {
    "picture alone": {"parity": "drop", "range": "drop", "near": "drop"},
    "columns alone": {"picture": "drop"},
    "both": {},
}


def digits(rows: int, seed: int) -> tuple[Any, Any]:
    """Pictures (rows, 28, 28) and digits, drawn from MNIST's training part."""
    found = mnist.load()
    chosen = np.random.default_rng(seed).permutation(len(found.train_classes))[:rows]
    return found.train_pictures[chosen], found.train_classes[chosen].astype(np.int64)


def columns(truth: Any, seed: int) -> dict[str, Any]:
    """What each row says of its digit, with noise."""
    chance = np.random.default_rng([seed, 1])
    count = len(truth)
    parity = np.where(chance.random(count) < PARITY_RIGHT, truth % 2, 1 - truth % 2)
    ranges = np.where(chance.random(count) < RANGE_RIGHT, truth // 3, chance.integers(0, 4, count))
    near = np.round(truth + chance.normal(0, SPREAD, count), 3)
    return {"parity": np.array(["even", "odd"])[parity], "range": np.array(list("abcd"))[ranges], "near": near}


def write_table(folder: Path, pixels: Any, truth: Any, seed: int) -> Path:
    """The pictures as PNG files, and a table that names them."""
    (folder / "pictures").mkdir(parents=True)
    names = [f"pictures/{row:05}.png" for row in range(len(truth))]
    for name, picture in zip(names, pixels, strict=True):
        Image.fromarray(picture).save(folder / name)
    frame = pandas.DataFrame({"picture": names, **columns(truth, seed), "digit": truth})
    frame.to_csv(folder / "digits.csv", index=False)
    return folder / "digits.csv"


def main() -> None:
    """Train the three networks with each seed and tell their errors on the test part."""
    options = _options()
    wait_until_quiet(options.write)
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in KINDS}
    for seed in range(options.seeds):
        with tempfile.TemporaryDirectory() as folder:
            path = write_table(Path(folder) / "digits", *digits(options.rows, seed), seed)
            for name, kinds in KINDS.items():
                found[name].append(trained(path, kinds, seed))
                print(f"seed {seed}, {name}: {100 * found[name][-1][0]:.2f} %", flush=True)
    tell("Pictures beside columns", f"{_what(options.rows)}\n\n{table(HEADINGS, rows(found))}", options.write)


def trained(path: Path, kinds: dict[str, str], seed: int) -> tuple[float, float]:
    """The error on the test part with the defaults, and the seconds that it took."""
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lamina.LaminaWarning)
        model = lamina.fit(str(path), target="digit", task="classification", kinds=kinds, seed=seed)
    error = next(measure.value for measure in model.record.results if measure.name == "error")
    return error, time.perf_counter() - began


def rows(found: dict[str, list[tuple[float, float]]]) -> list[Sequence[object]]:
    """The table's lines."""
    return [
        (
            name, len(runs), f"{100 * statistics.mean(error for error, _ in runs):.2f} %",
            f"{100 * min(runs)[0]:.2f} %", f"{100 * max(runs)[0]:.2f} %",
            f"{statistics.mean(seconds for _, seconds in runs):.1f}",
        )
        for name, runs in found.items()
    ]  # fmt: skip


def _what(count: int) -> str:
    return (
        f"{count:,} rows, 80 % of them for training: error on the test part of the default networks. Parity is right "
        f"in {PARITY_RIGHT:.0%} of the rows, the range in {RANGE_RIGHT:.0%} and by chance in a quarter of the others, "
        f"the number is off by {SPREAD:g} on average (standard deviation)."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mixed", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=3_000, help="of the table")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each network, each with a table of its own")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
