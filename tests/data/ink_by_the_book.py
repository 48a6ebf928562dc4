"""The framing of drawings, written a second time from docs/data.md alone, with NumPy loops where that is plainer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Pixels = Any


def resize(p: Pixels, height: int, width: int) -> Pixels:
    for axis, after in ((0, height), (1, width)):
        before = p.shape[axis]
        s = before / after
        weights = np.array(
            [[max(0.0, 1 - abs(j - ((i + 0.5) * s - 0.5)) / max(s, 1)) for j in range(before)] for i in range(after)]
        )
        p = np.apply_along_axis((weights / weights.sum(1, keepdims=True)).dot, axis, p)
    return p


def fit(p: Pixels, side: int) -> Pixels:
    ratio = side / max(p.shape)
    if ratio >= 1:
        return p.astype(float)
    return resize(p.astype(float), *(max(1, int(np.floor(n * ratio + 0.5))) for n in p.shape))


def window(p: Pixels, r: int, extreme: Callable[[Pixels], float]) -> Pixels:
    q = np.pad(p, r, mode="edge")
    return np.array(
        [[extreme(q[i : i + 2 * r + 1, j : j + 2 * r + 1]) for j in range(p.shape[1])] for i in range(p.shape[0])]
    )


def level_of(contrast: Pixels) -> float:
    counts, edges = np.histogram(np.maximum(contrast, 0), 64)
    middles, best = (edges[1:] + edges[:-1]) / 2, (-1.0, 0.0)
    for k in range(1, 64):
        low, high = counts[:k].sum(), counts[k:].sum()
        if low and high:
            gap = counts[:k] @ middles[:k] / low - counts[k:] @ middles[k:] / high
            best = max(best, (low * high * gap**2, edges[k]), key=lambda pair: pair[0])
    return float(np.median(contrast[contrast > best[1]]))


def pieces(v: Pixels) -> Pixels:
    drawn = {(int(i), int(j)) for i, j in np.argwhere(v > 0.15)}
    found = []
    while drawn:
        piece, border = set(), [drawn.pop()]
        while border:
            i, j = border.pop()
            piece.add((i, j))
            near = {(i + a, j + b) for a in (-1, 0, 1) for b in (-1, 0, 1)} & drawn
            drawn -= near
            border += near
        found.append(piece)
    ink = [sum(v[place] for place in piece) for piece in found]
    inner = [all(0 < i < v.shape[0] - 1 and 0 < j < v.shape[1] - 1 for i, j in piece) for piece in found]
    most_inside = max((amount for amount, inside in zip(ink, inner, strict=True) if inside), default=0)
    if most_inside > 0.3 * max(ink):
        ink = [amount if inside else 0 for amount, inside in zip(ink, inner, strict=True)]
    kept = np.zeros(v.shape)
    for amount, piece in zip(ink, found, strict=True):
        if amount > 0.08 * max(ink):
            kept[tuple(np.array(list(piece)).T)] = 1
    return window(kept, 1, np.max)


def frame(picture: Pixels, ink: Any, H: int, W: int) -> Pixels:  # noqa: N803  # as in the document
    g = fit(picture, 256)
    c = fit(g, 64)
    hi, lo = window(c, 10, np.max), window(c, 10, np.min)
    light = (2 * c - hi - lo).sum() > 0
    ground = resize(window(hi, 10, np.min) if light else window(lo, 10, np.max), *g.shape)
    contrast = ground - g if light else g - ground
    v = np.clip((contrast / level_of(contrast) - 0.2) / 0.6, 0, 1)
    v = np.where(resize(pieces(fit(v, 64)), *v.shape) > 0.25, v, 0)
    rows, columns = np.nonzero(v > 0.25 * v.max())
    cut = v[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    a, b = ink.height * H / cut.shape[0], ink.width * W / cut.shape[1]
    scales = (a if ink.squeeze else min(a, b), min(a, b))
    placed = cut
    for axis, after, at in ((0, H, ink.row * H), (1, W, ink.column * W)):
        n, scale, amounts = cut.shape[axis], scales[axis], cut.sum(axis=1 - axis)
        center = amounts @ (np.arange(n) + 0.5) / amounts.sum() if ink.by_mass else n / 2
        q, x = max(1 / scale, 1), [(i + 0.5 - at) / scale + center - 0.5 for i in range(after)]
        weights = np.array([[max(0, 1 - abs(j - x[i]) / q) / q for j in range(n)] for i in range(after)])
        placed = np.apply_along_axis(weights.dot, axis, placed)
    placed = np.clip(placed * ink.strength / placed[placed > 0.125 * placed.max()].mean(), 0, 1)
    return np.floor((255 * placed if ink.ground == 0 else 255 - 255 * placed) + 0.500001).astype(np.uint8)
