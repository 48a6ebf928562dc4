"""How often a warning is false: what Lamina says of clean data before training, held against what is known of it.

python -m benchmarks.alarms

Ends with status 1 where one warning is false more than once.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lamina
from benchmarks.report import table, tell
from lamina.data.dataset import Dataset
from lamina.model.checking import check

WARNINGS = {
    "a column tells the target": r"alone tells the",
    "rows of one person, patient ... on both sides": r"rows of one may be on both sides",
    "copies among the examples": r"(is a copy|are copies) of",
    "test examples that are training examples too": r"are also in the source's own",
    "equal inputs with different targets": r"come with more than one",
    "a class that the test part lacks": r"the test part has no example of",
    "too few groups for a part": r"too few of .* for a part",
    "a column with one value": r"the same value in every row",
    "a number for every row": r"a number of its own in every row",
    "too varied to be a category": r"too few rows share one",
    "dates left out in a series": r"leaves out \d+ dates?|comes \d+ times|not in the order of time",
    "missing values of a series": r"missing values? of",
    "rows without a target": r"rows? ha(s|ve) no",
    "few pictures": r"are few to learn",
    "linear layers one after the other": r"both linear with nothing between",
}
"""What a warning says, and the words by which it is known."""


@dataclass(frozen=True)
class CleanSet:
    """A data set of which it is known what is odd about it.

    Args:
        source: a name, or a place below LAMINA_DATA.
        options: of reading.
        true: the warnings that are right, and why.
    """

    source: str
    options: Mapping[str, Any] = field(default_factory=dict)
    true: Mapping[str, str] = field(default_factory=dict)

    def command(self) -> str:
        """As a person types it."""
        return " ".join(["lamina check", self.source, *(f"--{name} {value}" for name, value in self.options.items())])


COPIES = "copies among the examples"
SETS = (
    CleanSet("iris", {}, {COPIES: "one flower is there twice"}),
    CleanSet("wine"),
    CleanSet("digits"),
    CleanSet("breast_cancer"),
    CleanSet("diabetes"),
    CleanSet("penguins/penguins.csv", {"target": "species"}),
    CleanSet("penguins/penguins.csv", {"target": "sex"}, {"rows without a target": "11 have no sex"}),
    CleanSet("penguins/penguins.csv", {"target": "body_mass_g"}, {"rows without a target": "two have no mass"}),
    CleanSet(
        "penguins/penguins_raw.csv",
        {"target": "Species"},
        {
            "a column with one value": "Region and Stage",
            "too varied to be a category": "Individual ID",
            "rows of one person, patient ... on both sides": "a bird was seen in several years",
        },
    ),
    CleanSet(
        "titanic/titanic.csv",
        {"target": "Survived"},
        {"a number for every row": "PassengerId", "too varied to be a category": "Ticket, Cabin"},
    ),
    CleanSet(
        "titanic/titanic.csv",
        {"target": "Fare"},
        {"a number for every row": "PassengerId", "too varied to be a category": "Ticket, Cabin"},
    ),
    CleanSet("california_housing/housing.csv", {"target": "median_house_value"}),
    CleanSet("diamonds/diamonds.csv.gz", {"target": "price"}, {COPIES: "146 rows, all fields the same"}),
    CleanSet("diamonds/diamonds.csv.gz", {"target": "cut"}, {COPIES: "146 rows, all fields the same"}),
    CleanSet("taxis/taxis.csv.gz", {"target": "fare"}),
    CleanSet("taxis/taxis.csv.gz", {"target": "tip"}),
    CleanSet("taxis/taxis.csv.gz", {"target": "payment"}, {"rows without a target": "44 have no payment"}),
    CleanSet("sms_spam/sms.tsv", {"target": "label"}, {COPIES: "403 messages came again"}),
    CleanSet("movie_reviews/review_polarity.tar.gz"),
    CleanSet("cars/cars.zip", {}, {COPIES: "one file is there twice"}),
    CleanSet("ants_bees/ants_bees.zip", {}, {"few pictures": "80 to learn from"}),
    CleanSet("fsdd/fsdd.zip"),
    CleanSet("mnist"),
    CleanSet("cifar10/cifar10.tar.gz"),
    CleanSet("airline_passengers/airline-passengers.csv", {"target": "passengers", "horizon": 12}),
    CleanSet(
        "daily_min_temperatures/daily-min-temperatures.csv",
        {"target": "temp", "horizon": 1},
        {
            "dates left out in a series": "the last days of 1984 and 1988",
            "missing values of a series": "the last days of 1984 and 1988",
        },
    ),
    CleanSet("tiny_shakespeare/input.txt"),
)


@dataclass(frozen=True)
class Said:
    """The warnings that were given of one set."""

    clean: CleanSet
    names: frozenset[str]

    @property
    def false(self) -> frozenset[str]:
        """Those that are wrong."""
        return self.names - self.clean.true.keys()

    @property
    def missed(self) -> frozenset[str]:
        """Those that would have been right."""
        return frozenset(self.clean.true.keys() - self.names)


def main() -> None:
    """Check every set, count, and tell."""
    options = _options()
    found = [Said(one, warnings_of(check(read_set(one)).notes)) for one in SETS]
    counted = rows(found)
    listed = [f"- false: {name}, of `{one.clean.command()}`" for one in found for name in sorted(one.false)]
    listed += [f"- not given: {name}, of `{one.clean.command()}`" for one in found for name in sorted(one.missed)]
    headings = ("warning", "true", "false", "not given")
    body = [_what(), table(headings, counted), "\n".join(listed) or "None was false, none lacked."]
    tell("False alarms on clean data", "\n\n".join(body), options.write)
    if any(false > 1 for _, _, false, _ in counted):
        sys.exit("a warning is false more than once")


def read_set(one: CleanSet) -> Dataset:
    """The set as `lamina check` reads it."""
    place = Path(os.environ.get("LAMINA_DATA", ".")) / one.source
    return lamina.read(str(place) if place.exists() else one.source, **one.options)


def warnings_of(notes: Sequence[str]) -> frozenset[str]:
    """The names of the warnings among what was said."""
    return frozenset(name for name, words in WARNINGS.items() if any(re.search(words, note) for note in notes))


def rows(found: Sequence[Said]) -> list[tuple[str, int, int, int]]:
    """For each warning: how often it was right, wrong, and lacking."""
    return [
        (
            name,
            sum(name in one.names - one.false for one in found),
            sum(name in one.false for one in found),
            sum(name in one.missed for one in found),
        )
        for name in WARNINGS
    ]


def _what() -> str:
    return (
        f"Everything that `lamina check` warns of in {len(SETS)} clean sources, each with one target. True: it is so, "
        "as the list in the program tells; false: an alarm without a cause; not given: a cause without an alarm."
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alarms", description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="put the section into benchmarks/RESULTS.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
