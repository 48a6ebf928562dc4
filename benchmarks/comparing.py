"""How long `lamina compare` takes, what it says, and which cells the time did not allow.

    python -m benchmarks.comparing --write
    python -m benchmarks.comparing --only penguins              # a quick look

Each comparison is a process of its own that finds no compiled program.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import LAMINA, data_set, mnist_folder, run
from benchmarks.report import table, tell, wait_until_quiet
from lamina.comparing.results import Found, load_found
from lamina.comparing.text import curves, not_run
from lamina.comparing.verdict import verdict

HEADINGS = ("command", "s", "goal, s", "cells", "run", "named", "neither")


@dataclass(frozen=True)
class Comparison:
    """One comparison.

    Args:
        name: of the data.
        source: in the folder that LAMINA_DATA names.
        options: of the command.
        goal: seconds, from the start of the process to its end.
    """

    name: str
    source: str
    options: tuple[str, ...]
    goal: float

    @property
    def place(self) -> Path:
        """Where the source is."""
        return mnist_folder() if self.source == "mnist" else data_set(self.source)

    @property
    def command(self) -> str:
        """As one would type it."""
        return " ".join(["lamina compare", f"$LAMINA_DATA/{self.source}", *self.options])


COMPARISONS = {
    one.name: one
    for one in (
        Comparison("penguins", "penguins/penguins.csv", ("--target", "species"), 120.0),
        Comparison("titanic", "titanic/titanic.csv", ("--target", "Survived"), 300.0),
        Comparison("MNIST", "mnist", ("--time", "15m"), 900.0),
    )
}


def main() -> None:
    """Run the comparisons one after another, and tell each."""
    options = _options()
    chosen = [one for one in COMPARISONS.values() if options.only is None or one.name in options.only]
    places = [one.place for one in chosen]  # what is missing is told of before anything is run
    wait_until_quiet(options.write)
    for one, place in zip(chosen, places, strict=True):
        found, seconds = _compared(one, place)
        tell(f"Deep beside flat: {one.name}", body(one, found, seconds), options.write)


def _compared(comparison: Comparison, place: Path) -> tuple[Found, float]:
    """What a comparison found, and the seconds of its process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "found.json"
        words = [*LAMINA, "compare", str(place), *comparison.options, "-o", str(path)]
        finished = run(words, {"LAMINA_CACHE": str(Path(folder) / "cache")})
        return load_found(path), finished.seconds


def body(comparison: Comparison, found: Found, seconds: float) -> str:
    """A section: the time, the verdict, the curves, and what was not run."""
    told = "\n".join([*curves(found), "", *not_run(found)]).rstrip()
    return (
        "Seconds: from the start of the process to its end, with an empty cache of compiled programs. Cells: "
        "contestants x sizes x seeds; each is run, or named with the reason.\n\n"
        f"{table(HEADINGS, [row(comparison, found, seconds)])}\n\n> {verdict(found)}\n\n```\n{told}\n```"
    )


def row(comparison: Comparison, found: Found, seconds: float) -> Sequence[object]:
    """The table's line: cells that are neither run nor named would be dropped in silence."""
    header, done, named = found.header, len(found.results), len(found.left_out)
    cells = len(header.contestants) * len(header.sizes) * header.seeds
    counts = (cells, done, named, cells - done - named)
    return f"`{comparison.command}`", f"{seconds:.1f}", f"{comparison.goal:.0f}", *(f"{one:,}" for one in counts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.comparing", description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=COMPARISONS, nargs="+", help="some comparisons alone")
    parser.add_argument("--write", action="store_true", help="put the sections into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
