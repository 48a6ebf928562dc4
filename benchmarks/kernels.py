"""Nothing is bought with accuracy: the same training with the native kernels and with the pure forms.

python -m benchmarks.kernels --write
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.accuracy import Experiment, Trained, train
from benchmarks.report import table, tell, wait_until_quiet

EXPERIMENTS = (
    Experiment("digits", "", (), 5, "digits"),
    Experiment("mnist", "", ("--network", "lenet5", "--epochs", "4"), 3),
    Experiment("sounds", "", (), 2, "fsdd/fsdd.zip"),
    Experiment("texts", "", ("--target", "label", "--network", "lstm"), 2, "sms_spam/sms.tsv"),
)
FORMS = {"native": "", "pure": "pure"}
"""The kernels -> what LAMINA_KERNELS says."""
HEADINGS = ("command", "seeds", "native", "pure", "spread of the seeds", "native, s", "pure, s")


def main() -> None:
    """Train both ways with each seed, and tell."""
    options = _options()
    for one in EXPERIMENTS:
        one.place()  # what is missing is told of before anything is trained
    wait_until_quiet(options.write)
    rows = [row(experiment.command(), _both(experiment)) for experiment in EXPERIMENTS]
    tell("Native and pure kernels", f"{WHAT}\n\n{table(HEADINGS, rows)}", options.write)


def _both(experiment: Experiment) -> dict[str, list[Trained]]:
    runs: dict[str, list[Trained]] = {form: [] for form in FORMS}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(experiment.seeds):
            for form, said in FORMS.items():
                os.environ["LAMINA_KERNELS"] = said
                (own := Path(folder) / form).mkdir(exist_ok=True)
                runs[form].append(train(experiment, seed, own))
    return runs


def row(command: str, runs: dict[str, list[Trained]]) -> Sequence[object]:
    """The table's line for one command."""
    errors = {form: [one.error for one in own] for form, own in runs.items()}
    shown = [f"{100 * statistics.mean(errors[form]):.2f} %" for form in FORMS]
    spread = statistics.stdev(errors["pure"])
    seconds = [f"{statistics.mean(one.seconds for one in runs[form]):.1f}" for form in FORMS]
    return (f"`{command}`", len(errors["pure"]), *shown, f"{100 * spread:.2f} %", *seconds)


WHAT = (
    "Mean test error of the same commands and seeds with the native kernels and with the pure forms "
    "(LAMINA_KERNELS=pure), which differ in the order of their sums; beside them the standard deviation between the "
    "seeds, and the seconds of the whole command. The gradients themselves are held against float64 by the tests."
)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kernels", description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
