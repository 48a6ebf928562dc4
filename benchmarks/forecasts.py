"""How good forecasts become: `lamina train` from outside on two series, beside forecasts that need no learning.

python -m benchmarks.forecasts
python -m benchmarks.forecasts --only airline --seeds 1               # a quick look
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import LAMINA, run
from benchmarks.report import table, tell, wait_until_quiet

HEADINGS = ("command", "seeds", "mean absolute error", "worst", "best naive", "forecasts", "mean s")


@dataclass(frozen=True)
class Experiment:
    """One `lamina train` command on a series, run with the seeds 0, 1, 2 ..."""

    name: str
    source: str
    words: tuple[str, ...]
    seeds: int = 5

    def command(self) -> str:
        """As a person types it."""
        return " ".join(["lamina train", f"$LAMINA_DATA/{self.source}", *self.words])


EXPERIMENTS = (
    Experiment(
        "airline",
        "airline_passengers/airline-passengers.csv",
        ("--target", "passengers", "--horizon", "12", "--test-steps", "24"),
    ),
    Experiment(
        "temperatures",
        "daily_min_temperatures/daily-min-temperatures.csv",
        ("--target", "temp", "--horizon", "1"),
    ),
)


@dataclass(frozen=True)
class Trained:
    """What one run gave."""

    error: float
    naive: float
    forecasts: int
    seconds: float


def main() -> None:
    """Run the experiments and tell."""
    options = _options()
    chosen = [one for one in EXPERIMENTS if options.only in (None, one.name)]
    data = data_folder()
    wait_until_quiet(options.write)
    rows = []
    for experiment in chosen:
        with tempfile.TemporaryDirectory() as folder:
            seeds = range(options.seeds or experiment.seeds)
            rows.append(row(experiment.command(), [_train(experiment, data, seed, Path(folder)) for seed in seeds]))
    tell("Forecasts of the defaults", f"{_what()}\n\n{table(HEADINGS, rows)}", options.write)


def data_folder() -> Path:
    """The folder that LAMINA_DATA names."""
    named = os.environ.get("LAMINA_DATA")
    if not named or not Path(named).is_dir():
        raise SystemExit("LAMINA_DATA must name the folder of data sets, with airline_passengers/ in it")
    return Path(named)


def row(command: str, runs: Sequence[Trained]) -> Sequence[object]:
    """The table's line for one experiment."""
    errors = [run.error for run in runs]
    return (
        f"`{command}`", len(runs), f"{statistics.mean(errors):.3f}", f"{max(errors):.3f}", f"{runs[0].naive:.3f}",
        runs[0].forecasts, f"{statistics.mean(run.seconds for run in runs):.1f}",
    )  # fmt: skip


def _train(experiment: Experiment, data: Path, seed: int, folder: Path) -> Trained:
    model = folder / f"{experiment.name}-{seed}.safetensors"
    environment = {"LAMINA_CACHE": str(folder / "cache")}
    source = str(data / experiment.source)
    finished = run([*LAMINA, "train", source, "--seed", str(seed), "-o", str(model), *experiment.words], environment)
    shown = run([*LAMINA, "show", str(model), "--json"], environment)
    record = json.loads(shown.output)["record"]
    results = {measure["name"]: measure["value"] for measure in record["results"]}
    trained = Trained(results["mean absolute error"], record["guess"], record["test"], finished.seconds)
    print(f"{experiment.name}, seed {seed}: {trained.error:.3f} (naive {trained.naive:.3f})", flush=True)
    return trained


def _what() -> str:
    return (
        "Mean absolute error, in the series' own unit, of rolling forecasts over the last steps, which training never "
        "saw: the last 24 months, 12 months ahead from every month, in thousands of passengers; the last fifth of the "
        "days, one day ahead, in degrees. Best naive: the better of the last value and the value of a season before."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasts", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=[one.name for one in EXPERIMENTS], help="one experiment alone")
    parser.add_argument("--seeds", type=int, help="runs an experiment; its own number where not given")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
