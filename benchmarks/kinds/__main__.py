"""Run experiments by name and tell what they gave.

python -m benchmarks.kinds single lenet --write
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from benchmarks.kinds import clustering, convolutional, generating, machines, playing, recurrent, sequences, similarity
from benchmarks.kinds.section import Section
from benchmarks.report import table, tell

EXPERIMENTS: dict[str, Callable[[], Section]] = {
    "single": machines.single,
    "boltzmann": machines.boltzmann,
    "belief": machines.belief,
    "lenet": convolutional.lenet,
    "resnet": convolutional.resnet,
    "depth": convolutional.depth,
    "adding": recurrent.adding,
    "parity": recurrent.parity,
    "feedback": recurrent.forecast,
    "lstm": recurrent.on_data,
    "language": sequences.language,
    "translation": sequences.translation,
    "clustering": clustering.digits,
    "anomalies": clustering.anomalies,
    "playing": playing.games,
    "samples": generating.samples,
    "similarity": similarity.unseen_digits,
}

ALONE = 2.5
"""Programs that run or wait, on average over a quarter of an hour, where an experiment is alone on two cores."""


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kinds", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="+", choices=list(EXPERIMENTS))
    parser.add_argument("--write", action="store_true", help="put the sections into benchmarks/RESULTS.md")
    options = parser.parse_args()
    for name in options.names:
        found = EXPERIMENTS[name]()
        busy = " Other programs ran beside it: the seconds are no measure." if os.getloadavg()[2] > ALONE else ""
        command = f"python -m benchmarks.kinds {name}"
        tell(found.title, f"{found.what}{busy}\n\n{table(found.headings, found.rows)}", options.write, command)


if __name__ == "__main__":
    main()
