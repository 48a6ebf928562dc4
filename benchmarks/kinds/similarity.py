"""Nearest neighbors among classes that training never saw."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

import lamina
from benchmarks.kinds.section import Section, finished, mnist, percent, pixels_of
from lamina.tasks.similarity import nearest_others

UNSEEN = ("2", "6", "9")


def unseen_digits() -> Section:
    """An embedding learnt from seven digits, tried on the other three."""
    dataset = lamina.read(mnist())
    rows: list[Sequence[object]] = []
    known = np.flatnonzero(~np.isin(dataset.targets, UNSEEN))
    asked = np.flatnonzero(np.isin(dataset.targets, UNSEEN) & (dataset.parts == "test"))
    pixels = pixels_of(dataset.subset(asked)).astype(np.float64)
    rows.append(("pixels", "", percent(right(pixels, dataset.targets[asked])), ""))
    for loss in ("triplet", "contrastive"):
        for seed in range(2):
            began = time.perf_counter()
            model = finished(dataset.subset(known), "siamese", loss=loss, epochs=4, seed=seed).model
            places = lamina.features(model, dataset.subset(asked), layer=len(getattr(model.network, "layers"))).values  # noqa: B009 - a Sequential
            share = percent(right(places.astype(np.float64), dataset.targets[asked]))
            rows.append((loss, seed, share, f"{time.perf_counter() - began:.0f}"))
            print(rows[-1], flush=True)
    what = (
        f"Trained on MNIST without the digits {', '.join(UNSEEN)}; of the {len(asked):,} test pictures of these "
        f"three, how "
        "many have a nearest other one of the same digit. Goal: 85 %. Four epochs."
    )
    return Section("Similarity of digits never seen: MNIST", what, ("by", "seed", "right", "s"), rows)


def right(places: np.ndarray, targets: np.ndarray) -> float:
    """The share whose nearest other is of the same class."""
    return float((targets[nearest_others(places)] == targets).mean())
