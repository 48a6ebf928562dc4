"""The data sets that come along, by name: scikit-learn's, positions of games, points of a plane. No download."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from lamina.data.boards import HELD_OUT, TRAINING, starting_boards
from lamina.data.dataset import Dataset
from lamina.data.inputs import numbers
from lamina.data.pictures import pictures_from_array
from lamina.data.points import EXAMPLES, POINT_SETS, read_points
from lamina.data.resize import to_byte


def _digits() -> Dataset:
    """1,797 handwritten digits, 8 x 8 pixels of 0 to 16, brought to bytes; light on black."""
    table = np.loadtxt(_folder_of_sklearn() / "datasets" / "data" / "digits.csv.gz", np.uint8, delimiter=",")
    pixels = to_byte(table[:, :-1].reshape(-1, 8, 8) * (255 / 16))
    names = tuple(f"digit {place + 1}" for place in range(len(pixels)))
    return Dataset("digits", pictures_from_array(pixels, names), table[:, -1].astype(str), "digit")


def _folder_of_sklearn() -> Path:
    """Where scikit-learn is installed: to import it takes two seconds, to read one of its files none."""
    found = importlib.util.find_spec("sklearn")
    return Path(found.origin if found and found.origin else "").parent


def _table(name: str) -> Dataset:
    import sklearn.datasets

    found = getattr(sklearn.datasets, f"load_{name}")()
    columns = tuple(str(column) for column in found.feature_names)
    if "target_names" not in found:
        targets = found.target.astype(np.float64)
        return Dataset(name, numbers(found.data, columns), targets, "disease progression")
    classes = np.array([str(one) for one in found.target_names])
    return Dataset(name, numbers(found.data, columns), classes[found.target], "class")


EMBEDDED: dict[str, Callable[[], Dataset]] = {
    "digits": _digits,
    "iris": lambda: _table("iris"),
    "wine": lambda: _table("wine"),
    "breast_cancer": lambda: _table("breast_cancer"),
    "diabetes": lambda: _table("diabetes"),
    "tic_tac_toe": lambda: starting_boards("tic_tac_toe"),
    "connect_four": lambda: starting_boards("connect_four"),
    **{name: partial(read_points, name) for name in POINT_SETS},
}
"""Name -> Dataset."""


@dataclass(frozen=True)
class Description:
    """What a bundled set holds: its kind, how many examples, its licence."""

    kind: str
    examples: int
    licence: str


DESCRIPTIONS: dict[str, Description] = {
    "digits": Description("pictures of digits", 1_797, "CC BY 4.0"),
    "iris": Description("numbers, 3 flowers", 150, "CC BY 4.0"),
    "wine": Description("numbers, 3 growers", 178, "CC BY 4.0"),
    "breast_cancer": Description("numbers, 2 findings", 569, "CC BY 4.0"),
    "diabetes": Description("numbers, a number", 442, "none stated; Efron et al. (2004)"),
    "tic_tac_toe": Description("positions to play from", TRAINING + 2 * HELD_OUT, "made up"),
    "connect_four": Description("positions to play from", TRAINING + 2 * HELD_OUT, "made up"),
    **{
        name: Description(f"points, {'2 classes' if one.target == 'class' else 'a number'}", EXAMPLES, "made up")
        for name, one in POINT_SETS.items()
    },
}
"""Name -> what is said of it."""
