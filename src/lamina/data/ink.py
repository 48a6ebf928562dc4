"""Drawings on a plain ground: how those of the training data were framed, and how any other is brought to that frame.

A digit from a phone is large, off center, dark on white and unevenly lit; the training pictures may be 28 x 28, light
on black, with the digit in the middle. `Ink` keeps what the training pictures have in common, and `frame` does:

1. grey; a quadratic surface is fitted to the ground and subtracted, which also takes out uneven light;
2. the side on which the outliers lie is the ink, darker or lighter than its ground;
3. what is fainter than a fifth of the ink is dropped, what is stronger than four fifths is full;
4. the box that holds all but 0.5 % of the ink at each side is cut out, scaled to the trained size, and its center of
   mass (or its middle) is put where it was in training.

A picture that is already as the training pictures (same size and ground) is left as it is.
"""

from __future__ import annotations

import math

import numpy as np

from lamina.arrays import Numpy
from lamina.data.resize import resize, to_byte
from lamina.errors import SettingError
from lamina.recipes import describe, recipe

FAINT, FULL = 0.2, 0.8
"""Of the ink's level: what is dropped, and what counts as full."""
SPECKS = 0.005
"""The share of the ink that may lie outside the box at each side."""
GROUND_ROUNDS = 8
WORKING_SIDE = 256
"""Larger pictures are shrunk to this before their ink is looked for."""


@recipe
class Ink:
    """How drawings are framed.

    Args:
        ground: the level of the ground, 0 or 255.
        side: the longer side of the ink's box, as a share of the picture's longer side.
        row, column: where its center stands, as shares of height and width.
        by_mass: whether the center is that of mass; otherwise the middle of the box.
    """

    ground: int
    side: float
    row: float
    column: float
    by_mass: bool

    def __post_init__(self) -> None:
        if self.ground not in (0, 255) or not 0 < self.side <= 1 or not (0 < self.row < 1 and 0 < self.column < 1):
            raise SettingError(f"Ink needs a ground of 0 or 255 and shares between 0 and 1; got {describe(self)}")

    def __repr__(self) -> str:
        return describe(self)


def fit_ink(pictures: Numpy) -> Ink | None:
    """How training pictures (examples, height, width, channels) are framed; None where they are no drawings."""
    grey = pictures[:2000].mean(axis=-1)
    corners = grey[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    ground = 0 if np.median(corners) < 128 else 255
    strength = np.abs(grey - ground) / 255
    plain = (np.abs(corners - ground) < 32).mean() >= 0.95 and (strength < 0.125).mean() >= 0.3
    drawn = strength[(strength > 0.5).any(axis=(1, 2))]
    if not plain or len(drawn) < 0.9 * len(grey) or min(grey.shape[1:]) < 4:
        return None
    boxes = np.array([_box(one > 0.25) for one in drawn])
    height, width = grey.shape[1:]
    masses = np.array([_mass(one) for one in drawn])
    middles = np.stack([boxes[:, :2].mean(axis=1), boxes[:, 2:].mean(axis=1)], axis=1)
    by_mass = bool(masses.std(axis=0).sum() <= middles.std(axis=0).sum())
    row, column = (masses if by_mass else middles).mean(axis=0) / (height, width)
    sides = np.maximum(boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2])
    return Ink(ground, float(np.median(sides) / max(height, width)), float(row), float(column), by_mass)


def is_framed(picture: Numpy, ink: Ink, height: int, width: int) -> bool:
    """Whether a grey picture has the trained size and its corners the trained ground."""
    corners = picture[[0, 0, -1, -1], [0, -1, 0, -1]].astype(float)
    return picture.shape[:2] == (height, width) and bool(np.median(np.abs(corners - ink.ground)) < 64)


def frame(picture: Numpy, ink: Ink, height: int, width: int) -> Numpy:
    """A grey picture (height, width) of any size as bytes (height, width), drawn as in training."""
    values = find_ink(_shrunk(picture.astype(np.float64)))
    if values is None:
        return np.full((height, width), ink.ground, np.uint8)
    top, bottom = _inner(values.sum(axis=1))
    left, right = _inner(values.sum(axis=0))
    cut = values[top:bottom, left:right]
    ratio = ink.side * max(height, width) / max(cut.shape)
    small = resize(cut, _length(cut.shape[0] * ratio, height), _length(cut.shape[1] * ratio, width))
    small = np.clip(small / max(float(np.quantile(small, 0.98)), 1e-6), 0, 1)
    center = _mass(small) if ink.by_mass else (small.shape[0] / 2, small.shape[1] / 2)
    placed = _place(small, center, (ink.row * height, ink.column * width), (height, width))
    return to_byte(255 * placed if ink.ground == 0 else 255 - 255 * placed)


def find_ink(grey: Numpy) -> Numpy | None:
    """How much ink each pixel has, from 0 to 1; None where there is none."""
    residual = grey - ground_surface(grey)
    residual = residual * (1.0 if np.mean(residual**3) >= 0 else -1.0)
    level = _ink_level(residual)
    if level < 12:
        return None
    return np.clip((residual / level - FAINT) / (FULL - FAINT), 0, 1)


def ground_surface(grey: Numpy) -> Numpy:
    """The quadratic surface through the ground: fitted, then fitted again without what lies far from it."""
    rows, columns = np.meshgrid(*(np.linspace(-1, 1, n) for n in grey.shape), indexing="ij")
    terms = np.stack([np.ones_like(grey), rows, columns, rows * columns, rows**2, columns**2], -1).reshape(-1, 6)
    values = grey.reshape(-1)
    kept = np.abs(values - np.median(values)) <= max(2.0, 1.5 * float(np.abs(values - np.median(values)).mean()))
    for _ in range(GROUND_ROUNDS):
        weights = np.linalg.lstsq(terms[kept], values[kept], rcond=None)[0]
        distance = np.abs(values - terms @ weights)
        kept = distance <= max(2.0, 2.5 * float(np.median(distance)))
    return np.asarray((terms @ weights).reshape(grey.shape))


def _ink_level(residual: Numpy) -> float:
    """The level that parts ground and ink best (Otsu), then the median of what is above it."""
    counts, edges = np.histogram(np.maximum(residual, 0), bins=64)
    middles = (edges[:-1] + edges[1:]) / 2
    below, total = np.cumsum(counts), counts.sum()
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (sums[-1] * below / total - sums) ** 2 / (below * (total - below))
    threshold = edges[1:][int(np.nanargmax(np.where(np.isfinite(between), between, -1.0)))]
    above = residual[residual > threshold]
    return float(np.median(above)) if len(above) else 0.0


def _shrunk(picture: Numpy) -> Numpy:
    """A picture of at most WORKING_SIDE pixels a side."""
    ratio = WORKING_SIDE / max(picture.shape)
    if ratio >= 1:
        return picture
    return resize(picture, max(1, round(picture.shape[0] * ratio)), max(1, round(picture.shape[1] * ratio)))


def _inner(sums: Numpy) -> tuple[int, int]:
    """The places between which all but SPECKS of the ink lies at each side."""
    share = np.cumsum(sums) / sums.sum()
    return int(np.argmax(share > SPECKS)), int(np.argmax(share >= 1 - SPECKS)) + 1


def _box(ink: Numpy) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1


def _mass(values: Numpy) -> tuple[float, float]:
    """The center of mass, in pixels from the upper left corner."""
    total = values.sum()
    rows = float((values.sum(axis=1) @ (np.arange(values.shape[0]) + 0.5)) / total)
    return rows, float((values.sum(axis=0) @ (np.arange(values.shape[1]) + 0.5)) / total)


def _length(value: float, most: int) -> int:
    return min(most, max(1, math.floor(value + 0.5)))


def _place(small: Numpy, center: tuple[float, float], at: tuple[float, float], shape: tuple[int, int]) -> Numpy:
    """A canvas of a shape on which the center of `small` stands as near to `at` as whole pixels allow."""
    canvas = np.zeros(shape)
    starts = [min(max(0, math.floor(a - c + 0.5)), n - s) for a, c, n, s in zip(at, center, shape, small.shape, strict=True)]
    canvas[starts[0] : starts[0] + small.shape[0], starts[1] : starts[1] + small.shape[1]] = small
    return canvas
