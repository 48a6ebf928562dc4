"""Drawings on a plain ground: how those of training were framed, and how any other is brought to that frame.

A digit from a phone is large, off center, dark on white and unevenly lit; the training pictures may be 28 x 28,
light on black, with the digit in the middle. `Ink` keeps what the training pictures have in common; `frame` does:

1. grey, at most 256 pixels a side; the ground is light where most of what surrounds a stroke is light;
2. the ink is what stands out from the ground, which is the picture's morphological closing (under dark ink) or
   opening (under light ink): shadows and uneven light belong to the ground;
3. what is fainter than a fifth of the ink is dropped, what is stronger than four fifths is full; specks and what
   touches the picture's edge (a table, a margin) are left out;
4. the ink's box is cut out, scaled to the trained box, put where it was in training, and made as strong.

A picture that is already as the training pictures (same size and ground) is left as it is.
"""

from __future__ import annotations

import math

import numpy as np

from lamina.arrays import Numpy, Rows
from lamina.data.resize import resize, to_byte
from lamina.errors import DataError, SettingError
from lamina.recipes import describe, recipe

WORKING_SIDE, COARSE_SIDE = 256, 64
"""Larger pictures are shrunk to the one for the ink, to the other for the ground and the specks."""
RADIUS = 10
"""Of the window, in coarse pixels, that must be wider than a stroke and smaller than the light's unevenness."""
FAINT, FULL = 0.2, 0.8
"""Of the ink's level: what is dropped, and what counts as full."""
LEAST_CONTRAST = 12
"""Ink that differs less from its ground, in levels of 0 to 255, is none."""
SPECK = 0.08
"""Pieces with a smaller share of the largest one's ink are specks."""
LOOKED_AT = 2_000
"""So many training pictures, evenly chosen, tell how drawings are framed."""
SEEN = 0.125
"""Pixels with more than this share of the strongest one's ink count where the strength of strokes is compared."""


@recipe
class Ink:
    """How drawings are framed.

    Args:
        ground: the level of the ground, 0 or 255.
        height, width: of the box that drawings fill, as shares of the picture's height and width.
        squeeze: whether what is too wide for the box is squeezed, as all drawings have the box's height;
            otherwise it is made smaller as a whole.
        row, column: where the center stands, as shares of height and width.
        by_mass: whether the center is that of mass; otherwise the middle of the box.
        strength: how full a stroke's pixels are on average, from 0 to 1.
    """

    ground: int
    height: float
    width: float
    squeeze: bool
    row: float
    column: float
    by_mass: bool
    strength: float

    def __post_init__(self) -> None:
        shares = (self.height, self.width, self.row, self.column, self.strength)
        if self.ground not in (0, 255) or not all(0 < share <= 1 for share in shares):
            raise SettingError(f"Ink needs a ground of 0 or 255 and shares between 0 and 1; got {describe(self)}")

    def __repr__(self) -> str:
        return describe(self)


def fit_ink(pictures: Rows) -> Ink | None:
    """How training pictures (examples, height, width, channels) are framed; None where they are no drawings."""
    grey = pictures[:: -(-len(pictures) // LOOKED_AT) or 1].mean(axis=-1)
    corners = grey[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    ground = 0 if np.median(corners) < 128 else 255
    ink = np.abs(grey - ground) / 255
    plain = (np.abs(corners - ground) < 32).mean() >= 0.95 and (ink < 0.125).mean() >= 0.3
    drawn = ink[(ink > 0.5).any(axis=(1, 2))]
    if not plain or len(drawn) < 0.9 * len(grey) or min(grey.shape[1:]) < 4:
        return None
    height, width = grey.shape[1:]
    boxes = np.array([_box(one > 0.25) for one in drawn])
    row, column, by_mass = _fit_center(drawn, boxes)
    box, squeeze = _fit_box(boxes[:, 1] - boxes[:, 0], boxes[:, 3] - boxes[:, 2])
    strength = float(drawn[drawn > SEEN].mean())
    shares = (min(1.0, box[0] / height), min(1.0, box[1] / width))
    return Ink(ground, *shares, squeeze, row / height, column / width, by_mass, strength)


def are_framed(pictures: Numpy, ink: Ink, height: int, width: int) -> Numpy:
    """Whether grey pictures (..., height, width) have the trained size, and their corners the trained ground."""
    if pictures.shape[-2:] != (height, width):
        return np.zeros(pictures.shape[:-2], bool)
    corners = pictures[..., [0, 0, -1, -1], [0, -1, 0, -1]].astype(np.float64)
    off = np.sort(np.abs(corners - ink.ground), axis=-1)
    return np.asarray(off[..., 1] + off[..., 2] < 2 * 64)  # the median of four: the mean of the two in the middle


def frame(picture: Numpy, ink: Ink, height: int, width: int) -> Numpy:
    """A grey picture (height, width) of any size as bytes (height, width), drawn as in training.

    Raises:
        DataError: nothing is drawn on it.
    """
    values = find_ink(_within(picture, WORKING_SIDE))
    top, bottom, left, right = _box(values > 0.25 * values.max())
    cut = values[top:bottom, left:right]
    tall, wide = ink.height * height / cut.shape[0], ink.width * width / cut.shape[1]
    scales = (tall, min(tall, wide)) if ink.squeeze else (min(tall, wide),) * 2
    center = _mass(cut) if ink.by_mass else (cut.shape[0] / 2, cut.shape[1] / 2)
    rows = _placing_matrix(cut.shape[0], height, scales[0], center[0], ink.row * height)
    columns = _placing_matrix(cut.shape[1], width, scales[1], center[1], ink.column * width)
    placed = rows @ cut @ columns.T
    placed = np.clip(placed * ink.strength / placed[placed > SEEN * placed.max()].mean(), 0, 1)
    return to_byte(255 * placed if ink.ground == 0 else 255 - 255 * placed)


def find_ink(grey: Numpy) -> Numpy:
    """How much ink each pixel has, from 0 to 1.

    Raises:
        DataError: nothing stands out from the ground.
    """
    coarse = _within(grey, COARSE_SIDE)
    highest, lowest = _highest_around(coarse, RADIUS), -_highest_around(-coarse, RADIUS)
    sign = 1.0 if (2 * coarse - highest - lowest).sum() > 0 else -1.0
    ground = -_highest_around(-highest, RADIUS) if sign > 0 else _highest_around(lowest, RADIUS)
    contrast = sign * (resize(ground, *grey.shape) - grey)
    level = _ink_level(contrast)
    if level < LEAST_CONTRAST:
        raise DataError("nothing is drawn on it that stands out from the ground")
    values = np.clip((contrast / level - FAINT) / (FULL - FAINT), 0, 1)
    return values * (resize(_pieces(_within(values, COARSE_SIDE)), *grey.shape) > 0.25)


def _pieces(ink: Numpy) -> Numpy:
    """1 on and beside the pieces of ink that belong to the drawing: no specks, nothing at the edge if there is more."""
    drawn = ink > 0.15
    if not drawn.any():
        return np.ones_like(ink)
    labels = _labels(drawn)
    amounts = np.bincount(labels.ravel(), weights=ink.ravel())
    amounts[0] = 0
    inner = amounts.copy()
    inner[np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])] = 0
    if inner.max() > 0.3 * amounts.max():
        amounts = inner
    return _highest_around((amounts > SPECK * amounts.max())[labels].astype(np.float64), 1)


def _labels(drawn: Numpy) -> Numpy:
    """A number for each piece of pixels that touch, at an edge or a corner; 0 where nothing is drawn."""
    labels, before = np.where(drawn, np.arange(1, drawn.size + 1).reshape(drawn.shape), 0), None
    while before is None or (labels != before).any():  # the highest number of each piece spreads through it
        before, labels = labels, np.where(drawn, _highest_around(labels, 1), 0)
        labels = np.append(0, labels)[labels]  # a number is a pixel's place: take over what stands there by now
    return labels


def _highest_around(values: Numpy, radius: int) -> Numpy:
    """The highest value in the square window around each pixel; beyond the picture its edge goes on."""
    for axis in (0, 1):
        widths = [(radius, radius) if axis == own else (0, 0) for own in (0, 1)]
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(values, widths, "edge"), 2 * radius + 1, axis)
        values = windows.max(axis=-1)
    return values


def _ink_level(contrast: Numpy) -> float:
    """The level that parts ground and ink best (Otsu), then the median of what is above it."""
    counts, edges = np.histogram(np.maximum(contrast, 0), bins=64)
    middles = (edges[:-1] + edges[1:]) / 2
    below, total = np.cumsum(counts), counts.sum()
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (sums[-1] * below / total - sums) ** 2 / (below * (total - below))
    threshold = edges[1:][int(np.nanargmax(np.where(np.isfinite(between), between, -1.0)))]
    above = contrast[contrast > threshold]
    return float(np.median(above)) if len(above) else 0.0


def _fit_center(drawn: Numpy, boxes: Numpy) -> tuple[float, float, bool]:
    """Where the center stands, and whether it is that of mass: the one that varies less."""
    masses = np.array([_mass(one) for one in drawn])
    middles = np.stack([boxes[:, :2].mean(axis=1), boxes[:, 2:].mean(axis=1)], axis=1)
    by_mass = bool(masses.std(axis=0).sum() <= middles.std(axis=0).sum())
    row, column = (masses if by_mass else middles).mean(axis=0)
    return float(row), float(column), by_mass


def _fit_box(heights: Numpy, widths: Numpy) -> tuple[tuple[float, float], bool]:
    """The box that drawings fill: all of one height, or of one length along the longer side."""
    longer = np.maximum(heights, widths)
    if heights.std() <= longer.std():
        return (float(np.median(heights)), float(np.quantile(widths, 0.75))), True
    side = float(np.median(longer))
    return (side, side), False


def _within(picture: Numpy, side: int) -> Numpy:
    """A picture of at most so many pixels a side."""
    ratio = side / max(picture.shape)
    if ratio >= 1:
        return picture.astype(np.float64)
    return resize(picture, _length(picture.shape[0] * ratio, side), _length(picture.shape[1] * ratio, side))


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


def _placing_matrix(before: int, after: int, scale: float, center: float, at: float) -> Numpy:
    """The matrix (after, before) that scales one axis and puts the place `center` at `at`: the triangle filter."""
    places = (np.arange(after) + 0.5 - at) / scale + center - 0.5
    width = max(1 / scale, 1.0)
    return np.asarray(np.maximum(0.0, 1.0 - np.abs(np.arange(before) - places[:, None]) / width) / width)
