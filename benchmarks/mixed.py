"""Pictures beside columns: does a network that sees both beat those that see one of them?

A table of MNIST digits: each row names a picture and says, not always rightly, whether the digit is odd and in which
of four ranges it lies, with a number that is near it. Three networks learn the digit: from the picture alone, from the
columns alone, and from both.

    python -m benchmarks.mixed --rows 3000 --seeds 3
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas
from PIL import Image

import lamina

PARITY_RIGHT, RANGE_RIGHT, SPREAD = 0.85, 0.8, 2.0
"""How often parity and range are told rightly, and the deviation of the number from the digit."""
KINDS: dict[str, dict[str, str]] = {
    "picture alone": {"parity": "drop", "range": "drop", "near": "drop"},
    "columns alone": {"picture": "drop"},
    "both": {},
}


def digits(source: str, rows: int, seed: int) -> tuple[Any, Any]:
    """Pictures (rows, 28, 28) and digits, drawn from the source's training part."""
    dataset = lamina.read(source)
    chosen = np.random.default_rng(seed).permutation(len(dataset))[:rows]
    pixels = np.stack([dataset.inputs.picture(place)[..., 0] for place in chosen])  # type: ignore[attr-defined]
    return pixels, dataset.targets[chosen].astype(np.int64)


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
    table = pandas.DataFrame({"picture": names, **columns(truth, seed), "digit": truth})
    table.to_csv(folder / "digits.csv", index=False)
    return folder / "digits.csv"


def main() -> None:
    """Train the three networks with each seed and print their errors on the test part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default="mnist", help="a folder or name of MNIST")
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=None)
    chosen = parser.parse_args()
    errors: dict[str, list[float]] = {name: [] for name in KINDS}
    for seed in range(chosen.seeds):
        with tempfile.TemporaryDirectory() as folder:
            table = write_table(Path(folder) / "digits", *digits(chosen.source, chosen.rows, seed), seed)
            for name, kinds in KINDS.items():
                began = time.perf_counter()
                settings = {} if chosen.epochs is None else {"epochs": chosen.epochs}
                model = lamina.fit(
                    str(table), target="digit", task="classification", kinds=kinds, seed=seed, **settings
                )
                error = next(one.value for one in model.record.results if one.name == "error")
                errors[name].append(error)
                print(
                    f"seed {seed}  {name:14} error {100 * error:6.2f} %   {time.perf_counter() - began:.1f} s",
                    flush=True,
                )
    for name, found in errors.items():
        print(f"{name:14} error {100 * np.mean(found):6.2f} % +- {100 * np.std(found):.2f} ({len(found)} seeds)")


if __name__ == "__main__":
    main()
