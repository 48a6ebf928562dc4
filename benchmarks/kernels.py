"""Nothing is bought with accuracy: the same training with the native kernels and with the pure forms.

python -m benchmarks.kernels --write
python -m benchmarks.kernels --only penguins digits --seeds 2         # a quick look
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.accuracy import Experiment, train
from benchmarks.report import table, tell

PHOTOS = {"train": 500, "test": 100}
"""Of CIFAR-10: the first pictures of each class; all of them would take an hour."""

ERROR, DISTANCE = "error", "mean absolute error"
EXPERIMENTS = (
    Experiment("digits", "", (), 5, "digits"),
    Experiment("penguins", "", ("--target", "species"), 5, "penguins/penguins.csv"),
    Experiment("titanic", "", ("--target", "Survived"), 5, "titanic/titanic.csv"),
    Experiment(
        "airline", "", ("--target", "passengers", "--horizon", "12", "--test-steps", "24"), 3,
        "airline_passengers/airline-passengers.csv", DISTANCE,
    ),
    Experiment("mnist", "", ("--epochs", "2"), 3),
    Experiment("lenet5", "", ("--network", "lenet5", "--epochs", "4"), 3),
    Experiment("cifar10", "", ("--network", "resnet", "--epochs", "4"), 3, "cifar10/cifar10.tar.gz"),
    Experiment("sounds", "", (), 3, "fsdd/fsdd.zip"),
    Experiment("texts", "", ("--target", "label", "--network", "lstm"), 3, "sms_spam/sms.tsv"),
)  # fmt: skip
FORMS = {"native": "", "pure": "pure"}
"""The kernels -> what LAMINA_KERNELS says."""
HEADINGS = ("command", "seeds", "measure", "native", "pure", "spread of the seeds", "within it")


@dataclasses.dataclass(frozen=True)
class Pair:
    """What one command gave with each of the forms, a number a seed."""

    experiment: Experiment
    native: Sequence[float]
    pure: Sequence[float]

    @property
    def spread(self) -> float:
        """The standard deviation between the seeds, of the form in which it is larger."""
        return max(statistics.stdev(self.native), statistics.stdev(self.pure))

    @property
    def agrees(self) -> bool:
        """Whether the means differ by no more than that."""
        return abs(statistics.mean(self.native) - statistics.mean(self.pure)) <= self.spread

    def row(self) -> Sequence[object]:
        """The table's line."""
        measure = self.experiment.measure
        numbers = (statistics.mean(self.native), statistics.mean(self.pure), self.spread)
        shown = [f"{100 * number:.2f} %" if measure == ERROR else f"{number:.3f}" for number in numbers]
        return f"`{self.experiment.command()}`", len(self.pure), measure, *shown, "yes" if self.agrees else "no"


def main() -> None:
    """Train both ways with each seed, and tell."""
    options = _options()
    chosen = [one for one in EXPERIMENTS if options.only is None or one.name in options.only]
    for one in chosen:
        one.place()  # what is missing is told of before anything is trained
    pairs = [_both(one, options.seeds or one.seeds) for one in chosen]
    body = f"{WHAT} {verdict(pairs)}\n\n{table(HEADINGS, [pair.row() for pair in pairs])}"
    tell("Native and pure kernels", body, options.write)


def _both(experiment: Experiment, seeds: int) -> Pair:
    found: dict[str, list[float]] = {form: [] for form in FORMS}
    with tempfile.TemporaryDirectory() as folder:
        learnt = experiment
        if experiment.name == "cifar10":
            part = first_pictures(Path(experiment.place()), Path(folder), PHOTOS)
            learnt = dataclasses.replace(experiment, source=str(part))
        for seed in range(seeds):
            for form, said in FORMS.items():
                (own := Path(folder) / form).mkdir(exist_ok=True)
                found[form].append(train(learnt, seed, own, {"LAMINA_KERNELS": said}).error)
    return Pair(experiment, found["native"], found["pure"])


def first_pictures(archive: Path, folder: Path, counts: Mapping[str, int]) -> Path:
    """The first pictures of each class out of an archive of NAME/part/class/picture, in folders of these names.

    Args:
        counts: part -> pictures of each class.
    """
    with tarfile.open(archive) as packed:
        pictures = [member for member in packed if member.isfile()]
        classes: dict[Path, list[str]] = {}
        for name in sorted(member.name for member in pictures):
            classes.setdefault(Path(name).parent, []).append(name)
        chosen = {name for own, names in classes.items() for name in names[: counts[own.parent.name]]}
        in_order = [member for member in pictures if member.name in chosen]  # one pass over what is compressed
        packed.extractall(folder, in_order, filter="data")
    return folder / in_order[0].name.split("/")[0]


def verdict(pairs: Sequence[Pair]) -> str:
    """Whether native and pure agree, in a sentence."""
    apart = [pair.experiment.name for pair in pairs if not pair.agrees]
    but = f", not {', '.join(apart)}" if apart else ""
    return f"{len(pairs) - len(apart)} of {len(pairs)} pairs agree within the spread of their seeds{but}."


WHAT = (
    "Mean over the seeds of what is measured on the test examples, after the same commands with the native kernels and "
    "with the pure forms (LAMINA_KERNELS=pure), which differ in the order of their sums; beside them the standard "
    "deviation between the seeds, of the form in which it is larger, and whether the two means differ by no more. Of "
    f"CIFAR-10 the first {PHOTOS['train']} pictures of each class are learnt from, and the first {PHOTOS['test']} of "
    "its test part are asked about. The gradients themselves are held against float64 by the tests."
)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=[one.name for one in EXPERIMENTS], help="these experiments alone")
    parser.add_argument("--seeds", type=int, help="runs an experiment, at least 2; its own number where not given")
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    options = parser.parse_args()
    if options.seeds is not None and options.seeds < 2:
        parser.error("one seed has no spread: --seeds needs 2 or more")
    return options


if __name__ == "__main__":
    main()
