"""How good the defaults are on raw data of every kind, beside flat algorithms on the same training and test rows.

python -m benchmarks.raw_data
python -m benchmarks.raw_data --only penguins --seeds 2               # a quick look
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import lamina
from benchmarks.commands import data_set
from benchmarks.flat import peers
from benchmarks.report import table, tell, wait_until_quiet
from lamina.model.preparation import Prepared
from lamina.training import metrics


@dataclass(frozen=True)
class Experiment:
    """One data set, trained on with the seeds 0, 1, 2 ...

    Args:
        name: of the experiment.
        source: below LAMINA_DATA.
        seeds: how many.
        score: "accuracy", "r_squared", "root_mean_squared_error", or "f1 NAME" of one class beside the accuracy.
        goal: what the mean is held against.
        options: of `lamina train`, by the names that they have in Python.
        member: a file of an archive that is unpacked first.
    """

    name: str
    source: str
    seeds: int
    score: str
    goal: str
    options: Mapping[str, Any] = field(default_factory=dict)
    member: str = ""

    def command(self) -> str:
        """As a person types it."""
        source = Path(self.member).name or f"$LAMINA_DATA/{self.source}"
        words = [f"--{name.replace('_', '-')} '{value}'" if " " in str(value) or "{" in str(value) else
                 f"--{name.replace('_', '-')} {value}" for name, value in self.options.items()]  # fmt: skip
        return " ".join(["lamina train", source, *words])


EXPERIMENTS = (
    Experiment("penguins", "penguins/penguins.csv", 10, "accuracy", "98 %", {"target": "species"}),
    Experiment("titanic", "titanic/titanic.csv", 20, "accuracy", "81 %", {"target": "Survived"}),
    Experiment(
        "california", "california_housing/housing.csv", 5, "r_squared", "0.80", {"target": "median_house_value"}
    ),
    Experiment("diamonds", "diamonds/diamonds.csv.gz", 5, "r_squared", "0.978", {"target": "price"}),
    Experiment("cars", "cars/cars.zip", 3, "accuracy", "98 %"),
    Experiment("ants_bees", "ants_bees/ants_bees.zip", 10, "accuracy", "58 %"),
    Experiment("cifar10", "cifar10/cifar10.tar.gz", 1, "accuracy", "75 %"),
    Experiment("fsdd", "fsdd/fsdd.zip", 3, "accuracy", "97 %"),
    Experiment(
        "fsdd-speakers", "fsdd/fsdd.zip", 6, "accuracy", "-",
        {"names": "{class}_{speaker}_{take}", "group": "speaker"},
    ),
    Experiment("sms", "sms_spam/sms.tsv", 5, "f1 spam", "98 %, F1 0.93", {"target": "label"}),
    Experiment("movie_reviews", "movie_reviews/review_polarity.tar.gz", 5, "accuracy", "80 %"),
    Experiment(
        "movielens", "movielens_small/ml-latest-small.zip", 3, "root_mean_squared_error", "0.875",
        {"task": "recommendation", "user": "userId", "item": "movieId", "target": "rating"},
        "ml-latest-small/ratings.csv",
    ),
)  # fmt: skip
HEADINGS = ("command", "seeds", "measure", "goal", "mean", "worst", "mean s", "gradient boosting", "SVM", "linear")


@dataclass(frozen=True)
class Measured:
    """What one seed gave: by name of who answered, one or two scores; the seconds of Lamina's training."""

    scores: Mapping[str, tuple[float, ...]]
    seconds: float
    limited: bool
    test: int


def main() -> None:
    """Run the experiments and tell."""
    options = _options()
    chosen = [one for one in EXPERIMENTS if options.only is None or one.name in options.only]
    places = [data_set(one.source) for one in chosen]  # what is missing is told of before anything is trained
    if not options.untimed:
        wait_until_quiet(options.write)
    for experiment, place in zip(chosen, places, strict=True):
        with tempfile.TemporaryDirectory() as folder:
            source = _unpacked(place, experiment.member, Path(folder))
            found = [_measure(experiment, source, seed) for seed in range(options.seeds or experiment.seeds)]
        title = f"Raw data beside flat algorithms: {experiment.name}"
        tell(
            title, f"{_what(found)}\n\n{table(HEADINGS, [row(experiment, found, not options.untimed)])}", options.write
        )


def row(experiment: Experiment, found: Sequence[Measured], timed: bool = True) -> Sequence[object]:
    """The table's line for one experiment."""
    lamina_scores = [one.scores["Lamina"] for one in found]
    worst = max if experiment.score == "root_mean_squared_error" else min
    others = [name for name in found[0].scores if name != "Lamina"]
    cells = [_told(experiment, _means([one.scores[name] for one in found])) for name in others]
    return (
        f"`{experiment.command()}`", len(found), _measure_name(experiment), experiment.goal,
        _told(experiment, _means(lamina_scores)), _told(experiment, worst(lamina_scores)),
        f"{statistics.mean(one.seconds for one in found):.1f}" if timed else "-", *cells,
    )  # fmt: skip


def _measure(experiment: Experiment, source: Path, seed: int) -> Measured:
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peers' own, and Lamina's notes, which the command prints
        run = lamina.train(str(source), seed=seed, **experiment.options)
        for _ in run:
            pass
        model, prepared = run.model, run.prepared
        seconds = time.perf_counter() - began
        outputs = model.outputs(prepared.inputs[prepared.split.test])
        answers = _answers(experiment, outputs, prepared)
        beside = peers(prepared, experiment.score in ("accuracy", "f1 spam"), seed)
    scores = {"Lamina": _score(experiment, answers, prepared)}
    scores |= {peer.name: _score(experiment, peer.answers, prepared) for peer in beside}
    told = ", ".join(f"{name} {_told(experiment, values)}" for name, values in scores.items())
    print(f"{experiment.name}, seed {seed}: {told}; {seconds:.1f} s", flush=True)
    return Measured(scores, seconds, any(peer.limited for peer in beside), len(prepared.split.test))


def _answers(experiment: Experiment, outputs: Any, prepared: Prepared) -> Any:
    """Lamina's answers in the peers' form: classes as places, or numbers."""
    if experiment.score in ("accuracy", "f1 spam"):
        return np.argmax(outputs, axis=-1)
    return np.array([prediction.value for prediction in prepared.task.decode(outputs)], np.float64)


def _score(experiment: Experiment, answers: Any, prepared: Prepared) -> tuple[float, ...]:
    rows = prepared.split.test
    if experiment.score == "r_squared":
        return (metrics.r_squared(answers, prepared.raw_targets(rows)),)
    if experiment.score == "root_mean_squared_error":
        return (math.sqrt(metrics.mean_squared_error(answers, prepared.raw_targets(rows))),)
    truth, guesses = prepared.targets[rows], np.asarray(answers, np.int32)
    accuracy = metrics.accuracy(guesses, truth)
    if experiment.score == "accuracy":
        return (accuracy,)
    names = sorted(set(prepared.raw_targets(rows).tolist()))
    return (accuracy, float(metrics.f1(guesses, truth, len(names))[names.index(experiment.score[3:])]))


def _means(scores: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    return tuple(statistics.mean(column) for column in zip(*scores, strict=True))


def _told(experiment: Experiment, scores: tuple[float, ...]) -> str:
    if experiment.score in ("r_squared", "root_mean_squared_error"):
        return f"{scores[0]:.4f}"
    return ", ".join([f"{100 * scores[0]:.2f} %", *(f"F1 {score:.3f}" for score in scores[1:])])


def _measure_name(experiment: Experiment) -> str:
    names = {"r_squared": "R²", "root_mean_squared_error": "RMSE", "f1 spam": "accuracy, F1 of spam"}
    return names.get(experiment.score, experiment.score)


def _unpacked(archive: Path, member: str, folder: Path) -> Path:
    """A member of an archive as a file of its own; the archive itself where none is named."""
    if not member:
        return archive
    place = folder / Path(member).name
    with zipfile.ZipFile(archive) as file:
        place.write_bytes(file.read(member))
    return place


def _what(found: Sequence[Measured]) -> str:
    limited = (
        " The SVM learnt from 10,000 training rows drawn at random: its time grows with their square."
        if any(one.limited for one in found)
        else ""
    )
    return (
        f"Scores on {found[0].test:,} test rows that training never saw; the flat algorithms learn from the same rows "
        f"and answer for the same rows. What they see, and their settings, stand in [README.md](README.md).{limited} "
        "Seconds: Lamina's reading, training and testing in one process, compiling included."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.raw_data", description=__doc__.splitlines()[0])
    names = [one.name for one in EXPERIMENTS]
    parser.add_argument("--only", choices=names, nargs="+", help="some experiments alone")
    parser.add_argument("--seeds", type=int, help="runs an experiment; its own number where not given")
    parser.add_argument("--untimed", action="store_true", help="leave the seconds out: then the machine may be busy")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
