"""Nearest neighbors among classes that training never saw."""

from __future__ import annotations

import numpy as np

import lamina
from benchmarks.kinds.section import Section, finished, mnist, percent, pixels_of
from lamina import Sequential
from lamina.tasks.similarity import nearest_others

UNSEEN = (("2", "6", "9"), ("3", "5", "8"), ("4", "7", "9"))
"""Three digits that are easily told apart, and two times three that are often taken for each other."""


def unseen_digits() -> Section:
    """An embedding learnt from seven digits, tried on the other three."""
    dataset, rows = lamina.read(mnist()), []
    for digits in UNSEEN:
        unseen = np.isin(dataset.targets, digits)
        known, asked = np.flatnonzero(~unseen), np.flatnonzero(unseen & (dataset.parts == "test"))
        targets, found = dataset.targets[asked], []
        for loss in ("triplet", "contrastive"):
            model = finished(dataset.subset(known), "siamese", loss=loss, epochs=4, seed=0).model
            last = len(network.layers) if isinstance(network := model.network, Sequential) else 1
            places = lamina.features(model, dataset.subset(asked), layer=last).values
            found.append(percent(right(places.astype(np.float64), targets)))
        pixels = percent(right(pixels_of(dataset.subset(asked)).astype(np.float64), targets))
        rows.append((", ".join(digits), f"{len(asked):,}", *found, pixels))
        print(rows[-1], flush=True)
    what = (
        "Trained for four epochs on MNIST without the three digits; of their test pictures, how many have a nearest "
        "other one of the same digit. Goal: 85 %. Pixels: nearest by the pixels themselves, without a network."
    )
    return Section("Similarity of digits never seen: MNIST", what, (
        "never seen", "pictures", "triplet", "contrastive", "pixels"), rows)  # fmt: skip


def right(places: np.ndarray, targets: np.ndarray) -> float:
    """The share whose nearest other is of the same class."""
    return float((targets[nearest_others(places)] == targets).mean())
