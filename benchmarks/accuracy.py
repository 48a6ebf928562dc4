"""How good the default networks become, and what that takes: `lamina train` from outside, with several seeds.

python -m benchmarks.accuracy
python -m benchmarks.accuracy --only digits --seeds 2                 # a quick look
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import LAMINA, data_set, run
from benchmarks.report import table, tell, wait_until_quiet

HEADINGS = (
    "command", "seeds", "mean error", "worst error", "test examples", "mean s", "longest s", "peak MiB"
)  # fmt: skip


@dataclass(frozen=True)
class Experiment:
    """One `lamina train` command, run with the seeds 0, 1, 2 ..."""

    name: str
    title: str
    words: tuple[str, ...]
    seeds: int
    source: str = "mnist"
    measure: str = "error"

    def place(self) -> str:
        """The name of the embedded digits, or the path of a data set."""
        return self.source if self.source == "digits" else str(data_set(self.source))

    def command(self) -> str:
        """As a person types it."""
        source = self.source if self.source == "digits" else f"$LAMINA_DATA/{self.source}"
        return " ".join(["lamina train", source, *(f"'{word}'" if "{" in word else word for word in self.words)])


SPOKEN = "fsdd/fsdd.zip"
EXPERIMENTS = (
    Experiment("digits", "Test error of the defaults: digits", (), 10, "digits"),
    Experiment("mnist", "Test error of the defaults: MNIST", (), 3),
    Experiment(
        "mnist-mlp",
        "Test error of a plain network: MNIST",
        ("--network", "mlp", "--epochs", "5", "--batch-size", "32"),
        5,
    ),
    Experiment("sounds", "Test error of the defaults: spoken digits", (), 3, SPOKEN),
    Experiment(
        "sounds-speakers",
        "Test error on speakers never heard: spoken digits",
        ("--names", "{class}_{speaker}_{take}", "--group", "speaker"),
        6,
        SPOKEN,
    ),
)


@dataclass(frozen=True)
class Trained:
    """What one run gave: `error` is what the experiment measures."""

    error: float
    examples: int
    seconds: float
    mebibytes: float | None


def main() -> None:
    """Run the experiments and tell."""
    options = _options()
    chosen = [one for one in EXPERIMENTS if options.only in (None, one.name)]
    for one in chosen:
        one.place()  # what is missing is told of before anything is trained
    wait_until_quiet(options.write)
    for experiment in chosen:
        with tempfile.TemporaryDirectory() as folder:  # with a cache of its own: the first run compiles
            seeds = range(options.seeds or experiment.seeds)
            found = row(experiment.command(), [train(experiment, seed, Path(folder)) for seed in seeds])
        tell(experiment.title, f"{_what()}\n\n{table(HEADINGS, [found])}", options.write)


def row(command: str, runs: Sequence[Trained]) -> Sequence[object]:
    """The table's line for one experiment."""
    errors = [run.error for run in runs]
    seconds = [run.seconds for run in runs]
    memory = [run.mebibytes for run in runs if run.mebibytes is not None]
    return (
        f"`{command}`", len(runs), f"{100 * statistics.mean(errors):.2f} %", f"{100 * max(errors):.2f} %",
        f"{runs[0].examples:,}", f"{statistics.mean(seconds):.1f}", f"{max(seconds):.1f}",
        f"{max(memory):,.0f}" if memory else "-",
    )  # fmt: skip


def train(experiment: Experiment, seed: int, folder: Path, environment: Mapping[str, str] | None = None) -> Trained:
    """One run from outside, with further variables of its environment; models and compiled programs go to `folder`."""
    model = folder / f"{experiment.name}-{seed}.safetensors"
    command = [*LAMINA, "train", experiment.place(), "--seed", str(seed), "-o", str(model), *experiment.words]
    environment = {"LAMINA_CACHE": str(folder / "cache"), **(environment or {})}
    finished = run(command, environment)
    shown = run([*LAMINA, "show", str(model), "--json"], environment)
    record = json.loads(shown.output)["record"]
    results = {measure["name"]: measure["value"] for measure in record["results"]}
    trained = Trained(results[experiment.measure], record["test"], finished.seconds, finished.mebibytes)
    print(
        f"{experiment.name}, seed {seed}: {experiment.measure} {trained.error:.4f}, {trained.seconds:.1f} s",
        flush=True,
    )
    return trained


def _what() -> str:
    return (
        "Error: share of wrong answers on examples never trained on (the official test pictures of MNIST; a "
        "fifth of the digits, another one for every seed; the official tenth of the spoken digits, or all takes of "
        "one speaker, drawn by the seed, whom training never heard). Seconds: from the start of a process to its end; "
        "in each row the first run finds no compiled program. Peak: the most memory that any process held."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=[one.name for one in EXPERIMENTS], help="one experiment alone")
    parser.add_argument("--seeds", type=int, help="runs an experiment; its own number where not given")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
