"""How cost grows: seconds and memory of training against rows, batch, width and depth, with the slopes.

python -m benchmarks.growth --write
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.commands import run
from benchmarks.report import table, tell, wait_until_quiet
from benchmarks.steps.in_lamina import timed

COLUMNS = 20
STREAMED_FROM = 1_000_000
"""From so many rows on they stay on disk."""
WINDOW_ROWS = 65_536
HEADINGS = ("what grows", "value", "ms a step", "s an epoch", "peak MiB")
PICTURE = Path(__file__).parents[1] / "docs" / "images" / "growth.svg"


@dataclass(frozen=True)
class Size:
    """Rows of numbers, examples a step, and the width and the number of the hidden layers."""

    rows: int = 25_600
    batch: int = 256
    width: int = 128
    depth: int = 2


SIZES: dict[str, list[Size]] = {
    "rows": [Size(rows=10**power) for power in range(3, 8)],
    "batch": [Size(batch=2**power, rows=100 * 2**power) for power in range(4, 14, 2)],
    "width": [Size(width=2**power) for power in range(5, 13)],
    "depth": [Size(depth=2**power) for power in range(8)],
}


@dataclass(frozen=True)
class Cost:
    """Seconds of a step and of an epoch, and the most memory of the process."""

    step: float
    epoch: float
    mebibytes: float


def main() -> None:
    """Measure all sizes, each in a process of its own, and tell."""
    options = _options()
    if options.child:
        print(json.dumps(_epoch_seconds(Size(**json.loads(options.child)), Path(options.folder))))
        return
    wait_until_quiet(options.write)
    found = {name: [_measured(size) for size in sizes] for name, sizes in SIZES.items()}
    rows = [
        (name, f"{getattr(size, name):,}", f"{1e3 * cost.step:.3f}", f"{cost.epoch:.3f}", f"{cost.mebibytes:,.0f}")
        for name, costs in found.items()
        for size, cost in zip(SIZES[name], costs, strict=True)
    ]
    slopes = {name: slope([getattr(s, name) for s in SIZES[name]], _times(name, found[name])) for name in found}
    if options.write:
        _draw(found, slopes)
    tell("How cost grows", f"{_what(slopes)}\n\n{table(HEADINGS, rows)}", options.write)


def slope(values: Sequence[float], times: Sequence[float]) -> float:
    """The exponent of growth between the last three sizes: 1 is proportional, below 1 a fixed cost weighs still."""
    return float(np.polyfit(np.log(values[-3:]), np.log(times[-3:]), 1)[0])


def _times(name: str, costs: Sequence[Cost]) -> list[float]:
    """Of an epoch where rows grow, else of a step."""
    return [cost.epoch if name == "rows" else cost.step for cost in costs]


def _measured(size: Size) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "benchmarks.growth", "--child", json.dumps(vars(size)), "--folder", folder]
        finished = run(words)
    epoch = statistics.median(json.loads(finished.output.splitlines()[-1]))
    cost = Cost(epoch / -(-size.rows // size.batch), epoch, finished.mebibytes or float("nan"))
    print(size, cost, flush=True)
    return cost


def _epoch_seconds(size: Size, folder: Path) -> list[float]:
    """Wall seconds of three epochs, after one that compiles."""
    from lamina.networks import mlp
    from lamina.training.loop import Trainer
    from lamina.training.outputs import to_device
    from lamina.training.settings import Settings
    from lamina.training.step import Data, Objective
    from lamina.training.windows import HostData

    x, y = _rows(size.rows, folder)
    beside = (y, np.ones(size.rows, np.float32))
    on_disk = size.rows >= STREAMED_FROM
    data = HostData(x, *beside, WINDOW_ROWS // size.batch) if on_disk else Data(*map(to_device, (x, *beside)))
    objective = Objective(lambda outputs, wanted: (outputs[:, 0] - wanted) ** 2)
    settings = Settings(epochs=4, batch_size=size.batch)
    trainer = Trainer(mlp(1, (size.width,) * size.depth), objective, settings, data)
    return timed(trainer)[1:]


def _rows(count: int, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Rows on disk, written a piece at a time, and what is to be predicted."""
    chance, piece = np.random.default_rng(0), 100_000
    x = np.lib.format.open_memmap(folder / "rows.npy", "w+", np.float32, (count, COLUMNS))
    y = np.zeros(count, np.float32)
    for start in range(0, count, piece):
        rows = chance.normal(size=(min(piece, count - start), COLUMNS)).astype(np.float32)
        x[start : start + piece], y[start : start + piece] = rows, rows.sum(axis=1)
    x.flush()
    return np.load(folder / "rows.npy", mmap_mode="r"), y


def _draw(found: dict[str, list[Cost]], slopes: dict[str, float]) -> None:
    """Time against each size, both logarithmic; memory beside it."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 4, figsize=(13, 3.4), constrained_layout=True)
    for axis, (name, costs) in zip(axes, found.items(), strict=True):
        values, times = [getattr(size, name) for size in SIZES[name]], _times(name, costs)
        axis.loglog(values, times, "o-", color="C0", label="seconds")
        axis.set(xlabel=name, title=f"{name}: slope {slopes[name]:.2f}")
        axis.set_ylabel("seconds an epoch" if name == "rows" else "seconds a step", color="C0")
        memory = axis.twinx()
        memory.plot(values, [cost.mebibytes for cost in costs], "s:", color="C1")
        memory.set_ylim(0)
        memory.set_ylabel("peak MiB", color="C1")
    figure.savefig(PICTURE, metadata={"Date": None})


def _what(slopes: dict[str, float]) -> str:
    told = ", ".join(f"{name} {value:.2f}" for name, value in slopes.items())
    return (
        f"Training {COLUMNS}-128-128-1 with Adam, batch 256, but for what grows; each size a process of its own, the "
        f"median of three epochs after one that is not counted. From {STREAMED_FROM:,} rows on they stay on disk and "
        f"stream through windows of {WINDOW_ROWS:,} rows. Exponents between the last three sizes (time ~ "
        f"size^exponent; of rows the epoch's time, else the step's): {told}. Width: weights grow with its square.\n\n"
        "![How cost grows](../docs/images/growth.svg)"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the section into RESULTS.md, and draw the picture")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
