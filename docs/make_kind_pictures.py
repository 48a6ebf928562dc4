"""Draw the pictures of the pages in docs/kinds: python docs/make_kind_pictures.py airline.csv [NAME ...]."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib.figure import Figure

import lamina
from lamina import networks
from lamina.plots.network_blocks import blocks_figure
from lamina.plots.places import points_picture, two_dimensions
from lamina.plots.style import save

IMAGES = Path(__file__).parent / "images"


def regions(network: str) -> Figure:
    """What a network answers over the plane that learnt points within a circle and around it: no line parts them."""
    points = np.random.default_rng(0).uniform(-2, 2, (600, 2)).astype(np.float32)
    source = points, np.where((points**2).sum(axis=1) < 1.6, "inside", "outside")
    return lamina.plot("regions", lamina.fit(source, network, seed=1), source, size="5.5x4")


def codes(network: str, layer: str) -> Figure:
    """The digits by what a layer of a network gives, in the two directions in which they differ most."""
    model = lamina.fit("digits", network, seed=1)
    given, digits = lamina.features(model, "digits", layer).values[:400], lamina.read("digits")
    places, axes = two_dimensions(given)
    return points_picture(places, [str(one) for one in digits.targets[:400]], axes)


def of_blocks(network: lamina.Layer, shape: tuple[int, ...]) -> Figure:
    """A design as blocks."""
    return blocks_figure(network, shape)


DRAWINGS: dict[str, Callable[[str], Figure]] = {
    "linear-svm": lambda _: regions("linear_svm"),
    "svm": lambda _: regions("svm"),
    "mlp": lambda _: regions("mlp"),
    "cnn": lambda _: of_blocks(networks.cnn((28, 28, 1), 10), (28, 28, 1)),
    "filters": lambda _: lamina.plot("filters", lamina.fit("digits", "cnn", seed=1)),
    "maps": lambda _: lamina.plot("maps", lamina.fit("digits", "cnn", seed=1), "digits"),
    "lstm": lambda _: of_blocks(networks.lstm((50, 8), 10, depth=2), (50, 8)),
    "transformer": lambda _: of_blocks(networks.transformer((50, 8), 10), (50, 8)),
    "autoencoder": lambda _: of_blocks(networks.autoencoder((28, 28, 1)), (28, 28, 1)),
    "codes": lambda _: codes("autoencoder", "1"),
    "gan": lambda _: lamina.plot("samples", lamina.fit("digits", "gan", seed=1)),
    "clusters": lambda _: lamina.plot("points", lamina.fit("digits", "deep_clustering", seed=1), "digits"),
    "som": lambda _: lamina.plot("map", lamina.fit("digits", "som", seed=1), "digits"),
    "siamese": lambda _: lamina.plot("points", lamina.fit("digits", "siamese", seed=1), "digits"),
    "forecast": lambda series: lamina.plot(
        "forecast", lamina.fit(series, target="passengers", horizon=12, seed=1), series
    ),
}  # fmt: skip


if __name__ == "__main__":
    for name in sys.argv[2:] or DRAWINGS:
        drawn = DRAWINGS[name](sys.argv[1])
        written = save(drawn, IMAGES / f"kind-{name}.svg")
        if written.stat().st_size > 100_000:  # a picture of pixels is lighter
            written.unlink()
            written = save(drawn, IMAGES / f"kind-{name}.png")
        print(written, written.stat().st_size, flush=True)
