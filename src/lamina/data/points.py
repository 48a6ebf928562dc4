"""Points of a plane with a class or a number, drawn from a seed: data that a person sees whole.

spiral                              500 points, noise 0.1, seed 0
spiral-examples1000-noise0.3        with what else was said
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.data.inputs import numbers
from lamina.errors import DataError, SettingError

EDGE = 6.0
"""The plane reaches from -6 to 6 along both axes."""
RADIUS = 5.0
CLASSES = ("blue", "orange")
EXAMPLES, NOISE, SEED = 500, 0.1, 0
MOST_POINTS, MOST_NOISE = 5_000, 0.5
COLUMNS = ("x1", "x2")


@dataclass(frozen=True)
class PointSet:
    """How points are drawn.

    Args:
        target: what their column of answers is called.
        draw: (generator, how many) -> places (examples, 2) and answers.
        shift: the standard deviation by which a noise of 1 moves the places.
    """

    target: str
    draw: Callable[[np.random.Generator, int], tuple[Numpy, Numpy]]
    shift: float


def is_points(source: str) -> bool:
    """Whether a word names points, with or without what else is said of them.

    Example:
        >>> is_points("spiral"), is_points("spiral-seed3"), is_points("spirals")
        (True, True, False)
    """
    return NAME.fullmatch(source) is not None


def points_name(name: str, examples: int = EXAMPLES, noise: float = NOISE, seed: int = SEED) -> str:
    """The word that `read_points` reads; what is usual is left out.

    Example:
        >>> points_name("spiral"), points_name("spiral", 1000, 0.25)
        ('spiral', 'spiral-examples1000-noise0.25')
    """
    said = [("examples", examples, EXAMPLES), ("noise", round(noise, 3), NOISE), ("seed", seed, SEED)]
    return "-".join([name, *(f"{key}{value}" for key, value, usual in said if value != usual)])


def points_of(source: str) -> tuple[str, int, float, int]:
    """The set, the number of examples, the noise and the seed that a word names.

    Raises:
        DataError: a word that names no points.

    Example:
        >>> points_of("circle-noise0.2")
        ('circle', 500, 0.2, 0)
    """
    found = NAME.fullmatch(source)
    if found is None:
        raise DataError(f"points are named as spiral, or spiral-examples1000-noise0.3-seed1; got {source!r}")
    name, examples, noise, seed = found.groups()
    return name, int(examples or EXAMPLES), float(noise or NOISE), int(seed or SEED)


def read_points(source: str) -> Dataset:
    """The points that a word names.

    Raises:
        DataError: a word that names none, or a number out of its range.

    Example:
        >>> len(read_points("circle-examples40"))
        40
    """
    known = points_of(source)
    try:
        places, answers = points(*known)
    except SettingError as error:
        raise DataError(f"{source}: {error}") from None
    return Dataset(points_name(*known), numbers(places, COLUMNS), answers, POINT_SETS[known[0]].target)


def points(name: str, examples: int = EXAMPLES, noise: float = NOISE, seed: int = SEED) -> tuple[Numpy, Numpy]:
    """Places (examples, 2) in the plane and their answers: class names, or numbers from -1 to 1.

    Args:
        name: of POINT_SETS.
        examples: 10 to 5,000.
        noise: from 0 to 0.5, how far the places are moved after the answers were given.
        seed: of all that is drawn.

    Raises:
        SettingError: an unknown name, a number out of its range.

    Example:
        >>> places, answers = points("circle", examples=10)
        >>> places.shape, sorted(set(answers.tolist()))
        ((10, 2), ['blue', 'orange'])
    """
    if name not in POINT_SETS:
        raise SettingError(f"points are drawn as {', '.join(POINT_SETS)}; got {name!r}")
    if not 10 <= examples <= MOST_POINTS or not 0 <= noise <= MOST_NOISE or not 0 <= seed < 2**32:
        raise SettingError(
            f"points need 10 to {MOST_POINTS:,} examples, a noise from 0 to {MOST_NOISE} and a seed below 2^32; got "
            f"{examples}, {noise} and {seed}"
        )
    chance = np.random.Generator(np.random.Philox(key=[seed, list(POINT_SETS).index(name)]))
    places, answers = POINT_SETS[name].draw(chance, examples)
    moved = places + noise * POINT_SETS[name].shift * chance.normal(size=places.shape)
    return np.round(np.clip(moved, -EDGE, EDGE), 4), answers


def points_csv(name: str, examples: int = EXAMPLES, noise: float = NOISE, seed: int = SEED) -> str:
    """The same as a table with the columns x1, x2 and the answers.

    Example:
        >>> points_csv("plane").splitlines()[0]
        'x1,x2,value'
    """
    places, answers = points(name, examples, noise, seed)
    rows = zip(places.tolist(), answers.tolist(), strict=True)
    lines = [f"{x1},{x2},{answer}" for (x1, x2), answer in rows]
    return "\n".join([f"x1,x2,{POINT_SETS[name].target}", *lines, ""])


def _named(inside: Numpy) -> Numpy:
    """The classes of places: blue where this holds."""
    return np.where(inside, *CLASSES)


def _circle(chance: np.random.Generator, examples: int) -> tuple[Numpy, Numpy]:
    """A disk, and a ring around it."""
    inside = np.arange(examples) % 2 == 0
    radius = RADIUS * np.where(inside, chance.uniform(0, 0.5, examples), chance.uniform(0.7, 1, examples))
    return _on_circle(radius, chance.uniform(0, 2 * np.pi, examples)), _named(inside)


def _exclusive_or(chance: np.random.Generator, examples: int) -> tuple[Numpy, Numpy]:
    """Four squares with a gap between them; those across from each other are of one class."""
    places = chance.uniform(-RADIUS, RADIUS, (examples, 2))
    places += 0.3 * np.sign(places)
    return places, _named(places[:, 0] * places[:, 1] >= 0)


def _gauss(chance: np.random.Generator, examples: int) -> tuple[Numpy, Numpy]:
    """Two clouds."""
    first = np.arange(examples) % 2 == 0
    return np.where(first, 2.0, -2.0)[:, None] + chance.normal(0, 0.7, (examples, 2)), _named(first)


def _spiral(chance: np.random.Generator, examples: int) -> tuple[Numpy, Numpy]:
    """Two arms that wind around each other for a turn and three quarters."""
    first = np.arange(examples) % 2 == 0
    share = (np.arange(examples) // 2) / (examples / 2)
    angle = 2 * np.pi * 1.75 * share + np.where(first, 0, np.pi)
    return _on_circle(RADIUS * share, angle), _named(first)


def _plane(chance: np.random.Generator, examples: int) -> tuple[Numpy, Numpy]:
    """A number that rises evenly along the diagonal."""
    places = chance.uniform(-EDGE, EDGE, (examples, 2))
    return places, np.round(places.sum(axis=1) / (2 * EDGE), 4)


def _multi_gauss(chance: np.random.Generator, examples: int) -> tuple[Numpy, Numpy]:
    """Six hills and hollows: the height of the one that is strongest at a place."""
    places = chance.uniform(-EDGE, EDGE, (examples, 2))
    distances = np.linalg.norm(places[:, None] - HILLS[None, :, :2], axis=2)
    heights = HILLS[:, 2] * np.clip(1 - distances / 2, 0, 1)
    return places, np.round(heights[np.arange(examples), np.abs(heights).argmax(axis=1)], 4)


def _on_circle(radius: Numpy, angle: Numpy) -> Numpy:
    return np.stack([radius * np.sin(angle), radius * np.cos(angle)], axis=1)


HILLS = np.array([[-4, 2.5, 1], [0, 2.5, -1], [4, 2.5, 1], [-4, -2.5, -1], [0, -2.5, 1], [4, -2.5, -1]])
"""Middle, and height or depth."""
POINT_SETS: dict[str, PointSet] = {
    "circle": PointSet("class", _circle, 2.0),
    "exclusive_or": PointSet("class", _exclusive_or, 2.0),
    "gauss": PointSet("class", _gauss, 4.0),
    "spiral": PointSet("class", _spiral, 1.0),
    "plane": PointSet("value", _plane, 2.0),
    "multi_gauss": PointSet("value", _multi_gauss, 2.0),
}
"""Every set of points by its name."""
NAME = re.compile(
    rf"({'|'.join(POINT_SETS)})(?:-examples([0-9]{{1,6}}))?(?:-noise([0-9](?:\.[0-9]{{1,3}})?))?(?:-seed([0-9]{{1,10}}))?"
)
"""How points are named."""
